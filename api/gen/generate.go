// Package gen is the server side of api/openapi.yaml: types, routes, the strict handler
// interface and the contract itself. Everything but this file is generated.
package gen

//go:generate go tool -modfile=../../tools/go.mod oapi-codegen -config config.yaml ../openapi.yaml
