// Command notices writes the list of modules that are linked into callprobe,
// with their licences, from the licence files in the module cache. It fails
// when it does not recognize a licence: then a person has to read it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"
)

// limit bounds the whole run: the go command may have to download modules.
const limit = 5 * time.Minute

func main() {
	root := flag.String("module", ".", "the `folder` of the module whose command is linked")
	output := flag.String("output", "THIRD_PARTY_NOTICES.md", "the `file` to write")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := write(ctx, *root, *output); err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

func write(ctx context.Context, root, output string) error {
	modules, err := linked(ctx, root)
	if err != nil {
		return err
	}
	var problems []error
	var all []component
	for _, m := range modules {
		c, err := read(m)
		problems = append(problems, err)
		all = append(all, c)
	}
	goroot, err := goLicence(ctx)
	problems = append(problems, err)
	if err := errors.Join(problems...); err != nil {
		return err
	}
	all = append(all, goroot)
	if err := os.WriteFile(output, []byte(render(all)), 0o644); err != nil {
		return fmt.Errorf("write notices: %w", err)
	}
	return nil
}
