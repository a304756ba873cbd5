module github.com/libkonnektor/libkonnektor

go 1.26

require (
	github.com/beevik/etree v1.6.0
	github.com/hooklift/gowsdl v0.5.0
	github.com/spf13/cobra v1.10.1
	github.com/stretchr/testify v1.11.1
)

require (
	github.com/davecgh/go-spew v1.1.1 // indirect
	github.com/pmezard/go-difflib v1.0.0 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)
