package signature

import (
	"net/http"
	"slices"
)

// RuleReasons lists the rules that Check applies.
func RuleReasons() []string {
	var reasons []string
	for _, rule := range rules {
		reasons = append(reasons, rule.reason)
	}
	return reasons
}

// CheckWithout is Check with one rule turned off.
func CheckWithout(reason string, r *http.Request, body []byte, p Policy) (*Claim, error) {
	others := slices.DeleteFunc(slices.Clone(rules), func(rule rule) bool { return rule.reason == reason })
	return check(r, body, p, others)
}
