package ui

import "net/http"

// networkRoutes are the pages about networks: those that we are in, those that
// admins join and leave, and those that are coordinated from here.
func networkRoutes() []route {
	get, post := http.MethodGet, http.MethodPost
	return []route{
		{get, "/network", networkShow},
		{get, "/network/organizations", networkOrganizations},
		{get, "/network/organizations/:handle", networkOrganization},
		{get, "/network/status", networkStatus},
		{get, "/networks/:username", networkPublic},

		{get, "/admin/networks", networkAdminList},
		{post, "/admin/networks/preview", networkPreview},
		{post, "/admin/networks/join", networkJoin},
		{get, "/admin/networks/:network", networkWay},
		{get, "/admin/networks/:network/leave", networkLeaveAsk},
		{post, "/admin/networks/:network/leave", networkLeave},
		{get, "/admin/networks/:network/successor", networkSuccessor},
		{post, "/admin/networks/:network/successor", networkSuccessorChoose},
		{get, "/admin/leaves", networkLeaves},

		{get, "/admin/hub", hubShow},
		{get, "/admin/hub/new", hubNew},
		{post, "/admin/hub/new", hubFound},
		{get, "/admin/hub/:network", hubOverview},
		{get, "/admin/hub/:network/members/:org", hubMember},
		{post, "/admin/hub/:network/members/:org", hubMemberDo},
		{get, "/admin/hub/:network/members/:org/expel", hubExpelAsk},
		{get, "/admin/hub/:network/codes", hubCodeList},
		{post, "/admin/hub/:network/codes", hubCodeMake},
		{get, "/admin/hub/:network/guests", hubGuestNew},
		{post, "/admin/hub/:network/guests", hubGuestAdd},
		{get, "/admin/hub/:network/tags", hubTagList},
		{post, "/admin/hub/:network/tags", hubTagDo},
		{get, "/admin/hub/:network/edit", hubEdit},
		{post, "/admin/hub/:network/edit", hubSave},
		{get, "/admin/hub/:network/close", hubCloseAsk},
		{post, "/admin/hub/:network/close", hubClose},
	}
}
