package vocab

import (
	"time"

	"github.com/google/uuid"

	"github.com/poweron-network/poweron/federation/jsonld"
	"github.com/poweron-network/poweron/node"
)

// activity is what all activities of ours have. Both address lists are always
// there, and the id can be fetched (federation.md 13).
func activity(o node.Origin, id uuid.UUID, kind, actor string, object any, at time.Time) jsonld.Object {
	return jsonld.Object{
		"id": o.ActivityURI(id), "type": kind, "actor": actor, "object": object,
		"to": []string{}, "cc": []string{}, "published": at,
	}
}

// about is an activity that carries its object and goes to whom the object goes.
func about(o node.Origin, id uuid.UUID, kind string, object jsonld.Object, at time.Time) jsonld.Object {
	a := activity(o, id, kind, object.String("attributedTo"), object, at)
	a["to"], a["cc"] = object["to"], object["cc"]
	if audience, ok := object["audience"]; ok {
		a["audience"] = audience
	}
	return a
}

// Create says that an item was published (AP §7.2).
func Create(o node.Origin, id uuid.UUID, item jsonld.Object, at time.Time) jsonld.Object {
	return about(o, id, "Create", item, at)
}

// Update says that an item was changed (AP §7.3).
func Update(o node.Origin, id uuid.UUID, item jsonld.Object, at time.Time) jsonld.Object {
	return about(o, id, "Update", item, at)
}

// UpdateActor says that an actor was changed.
func UpdateActor(o node.Origin, id uuid.UUID, actor jsonld.Object, at time.Time) jsonld.Object {
	a := activity(o, id, "Update", actor.ID(), actor, at)
	everyone(a, actor.ID())
	return a
}

// Delete says that an item is gone (AP §7.4). besides are those whom the item
// spoke to.
func Delete(o node.Origin, id uuid.UUID, actor string, tombstone jsonld.Object, at time.Time, besides ...string) jsonld.Object {
	a := activity(o, id, "Delete", actor, tombstone, at)
	everyone(a, actor, besides...)
	return a
}

// NetworkDelete says to the members of networks that something for them is gone.
func NetworkDelete(o node.Origin, id uuid.UUID, actor string, tombstone jsonld.Object, at time.Time, networks []*node.Network) jsonld.Object {
	a := activity(o, id, "Delete", actor, tombstone, at)
	members(a, networks)
	return a
}

// DeleteActor says that an actor is gone. Its object is the id alone, which is
// the form that Mastodon takes for accounts.
func DeleteActor(o node.Origin, id uuid.UUID, actor string, at time.Time) jsonld.Object {
	a := activity(o, id, "Delete", actor, actor, at)
	everyone(a, actor)
	return a
}

// Tombstone is what is left of an item or an actor at its id (AP §6.4). The
// page tells the same with 410.
func Tombstone(uri string, was node.Kind, deleted time.Time) jsonld.Object {
	return jsonld.Object{"id": uri, "type": "Tombstone", "formerType": formerType(was), "deleted": deleted}
}

// formerType is what a thing that is gone was to other servers. An Article counts
// as the Note that it is stored as: its title is gone.
func formerType(was node.Kind) string {
	switch was {
	case node.KindGathering:
		return "Event"
	case node.KindNetwork:
		return "Group"
	case node.KindOrganization:
		return "Organization"
	case node.KindPerson:
		return "Person"
	}
	return "Note"
}

// Follow asks to follow target (AP §7.5).
func Follow(o node.Origin, id uuid.UUID, actor, target string, at time.Time) jsonld.Object {
	a := activity(o, id, "Follow", actor, target, at)
	a["to"] = []string{target}
	return a
}

// Accept lets follower follow (AP §7.6). The object is the id of their Follow
// alone: Fedify believes no copy of it that comes from us (federation.md 13).
func Accept(o node.Origin, id uuid.UUID, actor, followID, follower string, at time.Time) jsonld.Object {
	a := activity(o, id, "Accept", actor, followID, at)
	a["to"] = []string{follower}
	return a
}

// Reject does not let follower follow, or no longer (AP §7.7).
func Reject(o node.Origin, id uuid.UUID, actor, followID, follower string, at time.Time) jsonld.Object {
	a := Accept(o, id, actor, followID, follower, at)
	a["type"] = "Reject"
	return a
}

// Undo takes back a Follow of ours (AP §7.12). It carries the Follow, with the
// id under which it was sent: some peers know it by id, others by its parts.
func Undo(o node.Origin, id uuid.UUID, actor, followID, target string, at time.Time) jsonld.Object {
	follow := jsonld.Object{"id": followID, "type": "Follow", "actor": actor, "object": target}
	a := activity(o, id, "Undo", actor, follow, at)
	a["to"] = []string{target}
	return a
}

// Announce passes on an object by its id (AP §7.11). relay announces public
// gatherings this way to servers that follow it (federation.md 4).
func Announce(o node.Origin, id uuid.UUID, actor, object string, at time.Time) jsonld.Object {
	a := activity(o, id, "Announce", actor, object, at)
	everyone(a, actor)
	return a
}
