// Package walkthrough holds no code, only the test that runs what README.md and
// docs/getting-started.md tell people to type, as they would: in a copy of the
// repository, against the lab.
package walkthrough
