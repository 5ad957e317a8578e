// Package deploy carries what callprobe is run with: alert rules, runbooks and
// the rest of this folder. The program prints the rules and serves the runbooks,
// so that they are at hand where only the binary is.
package deploy

import (
	"embed"
	"io/fs"
)

// files holds what the program needs at run time. The rest of the folder is for
// those who have the repository.
//
//go:embed prometheus/callprobe.rules.yml runbooks/*.md
var files embed.FS

// rulesFile is the source of truth of all alerts.
const rulesFile = "prometheus/callprobe.rules.yml"

// runbooks returns the folder of runbooks.
func runbooks() fs.FS {
	sub, err := fs.Sub(files, "runbooks")
	if err != nil {
		panic(err) // The name is a valid path.
	}
	return sub
}
