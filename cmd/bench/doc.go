// Package bench measures a whole node against the budgets of design.md 6: what
// its inbox takes in, how fast its pages are, how it starts. The load comes from
// another process over loopback, made beforehand; the node's own cost is told in
// CPU time, which other work on the machine disturbs least. Benchmarks report.
// They never fail because of a time.
package bench
