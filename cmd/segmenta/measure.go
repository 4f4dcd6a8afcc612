package main

import (
	"github.com/spf13/cobra"
)

func measureCommand(a *app) *cobra.Command {
	return withChildren(&cobra.Command{Use: "measure", Short: "Say what campaigns did, against those who were left alone"}, measureTableCommand(a))
}
