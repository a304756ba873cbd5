module github.com/libkonnektor/libkonnektor

go 1.26

require (
	github.com/beevik/etree v1.6.0
	github.com/hooklift/gowsdl v0.5.0
	github.com/spf13/cobra v1.10.1
	github.com/stretchr/testify v1.11.1
)
