package main

func csharp(m *model) string { return "" }
