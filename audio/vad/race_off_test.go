//go:build !race

package vad_test

// raceEnabled tells that the race detector slows the tests down.
const raceEnabled = false
