package config

import (
	_ "embed"
	"slices"
)

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of the configuration file,
// with which editors complete and check it.
func Schema() []byte { return slices.Clone(schema) }
