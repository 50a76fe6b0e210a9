package main

import (
	"fmt"
	"io"
	"runtime"
)

type versionCommand struct{}

// Run prints which program this is.
func (c *versionCommand) Run(k *call) error {
	answer := struct {
		Version string `json:"version"`
		Go      string `json:"go"`
		System  string `json:"system"`
	}{version(), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	return k.object(answer, func(w io.Writer) { fmt.Fprintln(w, "poweron", answer.Version, answer.Go, answer.System) })
}
