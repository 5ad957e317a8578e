package main

import (
	"github.com/alecthomas/kingpin/v2"

	"callprobe/internal/config"
)

// registerShard says which of the targets this process calls.
func registerShard(cmd *kingpin.CmdClause, s *config.Shard) {
	cmd.Flag("shard.count", "How many processes share the configuration; each calls the targets that fall to it by their names.").PlaceHolder("N").IntVar(&s.Count)
	cmd.Flag("shard.index", "Which of them this one is, from 0 on.").PlaceHolder("I").IntVar(&s.Index)
}
