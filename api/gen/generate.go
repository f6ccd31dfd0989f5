package gen

// The types, routes, strict handler interface and embedded contract beside this file are
// made from api/openapi.yaml.

//go:generate go tool -modfile=../../tools/go.mod oapi-codegen -config config.yaml ../openapi.yaml
