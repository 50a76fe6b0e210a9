package vocab

import (
	"encoding/xml"
	"fmt"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
	"github.com/poweron-network/poweron/node/markup"
)

// Relations of links in the documents by which servers find each other.
const (
	relSelf        = "self"
	relProfile     = "http://webfinger.net/rel/profile-page"
	relNodeInfo    = "http://nodeinfo.diaspora.software/ns/schema/2.1"
	RelApplication = jsonld.ContextIRI + "#Application" // FEP-2677
	RelService     = jsonld.ContextIRI + "#Service"     // FEP-d556
)

// Link is a link of a JRD (RFC7033 §4.4.4).
type Link struct {
	Rel  string `json:"rel"`
	Type string `json:"type,omitempty"`
	Href string `json:"href"`
}

// JRD is what WebFinger and the list of NodeInfo documents answer (RFC7033 §4.4).
type JRD struct {
	Subject string   `json:"subject,omitempty"`
	Aliases []string `json:"aliases,omitempty"`
	Links   []Link   `json:"links"`
}

// WebFinger tells which actor a handle of this node is (RFC7033). The actor's
// webfinger property says the same the other way round (FEP-2c59).
func WebFinger(o node.Origin, handle, actor, page string) JRD {
	return JRD{
		Subject: "acct:" + handle + "@" + o.Host(),
		Aliases: []string{actor, page},
		Links: []Link{
			{Rel: relSelf, Type: jsonld.ContentType, Href: actor},
			{Rel: relProfile, Type: "text/html", Href: page},
		},
	}
}

// ServerWebFinger tells which actor the node itself is, asked for its origin (FEP-d556).
func ServerWebFinger(o node.Origin) JRD {
	return JRD{
		Subject: string(o) + "/",
		Links:   []Link{{Rel: RelService, Type: jsonld.ContentType, Href: o.Relay()}},
	}
}

// NodeInfoLinks tells where NodeInfo is, and which actor the node itself is.
// Over plain http Gancio finds it only here (FEP-2677, federation.md 13).
func NodeInfoLinks(o node.Origin) JRD {
	return JRD{Links: []Link{
		{Rel: relNodeInfo, Href: string(o) + "/nodeinfo/2.1"},
		{Rel: RelApplication, Type: jsonld.ContentType, Href: o.Relay()},
	}}
}

// NodeInfo is a NodeInfo 2.1 document (FEP-f1d5).
type NodeInfo struct {
	Version           string           `json:"version"`
	Software          Software         `json:"software"`
	Protocols         []string         `json:"protocols"`
	Services          Services         `json:"services"`
	OpenRegistrations bool             `json:"openRegistrations"`
	Usage             Usage            `json:"usage"`
	Metadata          NodeInfoMetadata `json:"metadata"`
}

// Software names this program.
type Software struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	Repository string `json:"repository"`
	Homepage   string `json:"homepage"`
}

// Services are the other networks that a server is connected to, and its feeds.
type Services struct {
	Inbound  []string `json:"inbound"`
	Outbound []string `json:"outbound"`
}

// Usage would count people and posts. We count nobody in public; the schema
// asks for the empty object (FEP-0151).
type Usage struct {
	Users struct{} `json:"users"`
}

// NodeInfoMetadata is what the schema leaves to each program.
type NodeInfoMetadata struct {
	NodeName        string `json:"nodeName"`
	NodeDescription string `json:"nodeDescription"`
}

const repository = "https://github.com/poweron-network/poweron"

// Info is the NodeInfo document of the node of org.
func Info(version string, org *node.Organization, lang string) NodeInfo {
	return NodeInfo{
		Version:   "2.1",
		Software:  Software{Name: "poweron", Version: version, Repository: repository, Homepage: repository},
		Protocols: []string{"activitypub"},
		Services:  Services{Inbound: []string{}, Outbound: []string{"atom1.0"}},
		Metadata:  NodeInfoMetadata{NodeName: org.Name, NodeDescription: markup.Excerpt(markup.Render(org.Summary.In(lang, "en")), excerptRunes)},
	}
}

// HostMeta tells where WebFinger is, as XRD (RFC6415).
func HostMeta(o node.Origin) ([]byte, error) {
	type link struct {
		Rel      string `xml:"rel,attr"`
		Template string `xml:"template,attr"`
	}
	type xrd struct {
		XMLName xml.Name `xml:"http://docs.oasis-open.org/ns/xri/xrd-1.0 XRD"`
		Link    link     `xml:"Link"`
	}
	doc, err := xml.Marshal(xrd{Link: link{Rel: "lrdd", Template: string(o) + "/.well-known/webfinger?resource={uri}"}})
	if err != nil {
		return nil, fmt.Errorf("write host-meta: %w", err)
	}
	return append([]byte(xml.Header), doc...), nil
}
