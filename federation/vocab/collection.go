package vocab

import "github.com/poweron-network/poweron/federation/jsonld"

// Collection is an ordered collection that tells how many it holds, and where
// its pages begin if it has pages (AS2 §5). The lists of who follows whom tell
// the number only (design.md 9).
func Collection(id string, total int, first string) jsonld.Object {
	doc := jsonld.Object{"id": id, "type": "OrderedCollection", "totalItems": total}
	if first != "" {
		doc["first"] = first
	}
	return doc
}

// Page is one page of an ordered collection, newest first. next and prev are
// empty at its ends.
func Page(id, partOf string, items []jsonld.Object, next, prev string) jsonld.Object {
	doc := jsonld.Object{"id": id, "type": "OrderedCollectionPage", "partOf": partOf, "orderedItems": items}
	if next != "" {
		doc["next"] = next
	}
	if prev != "" {
		doc["prev"] = prev
	}
	return doc
}
