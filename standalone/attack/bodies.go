package attack

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/sample"
)

// names are properties of bodies that name objects.
var naming = regexp.MustCompile(`(^|_)(id|ids|user|users|experts|members|leader|to_user|org|school|schools|case|cases|orgs)$`)

// otherBodies name the victim's objects where a body names one, as somebody else, at
// addresses of their own: the answer must not differ from the one about nothing.
func (a *attacker) otherBodies(ctx context.Context) error {
	for _, o := range a.ops {
		body, media := o.body()
		if media != "application/json" {
			continue
		}
		if _, ok := body.(map[string]any); !ok {
			continue
		}
		schema := o.op.RequestBody.Value.Content[media].Schema
		for role, token := range a.cast.foreign {
			roles := rolesOf(o)
			if roles != nil && !slices.Contains(roles, role) {
				continue
			}
			own, err := a.owns(ctx, role)
			if err != nil {
				return err
			}
			for _, field := range named(schema, "") {
				theirs, err := a.sendNamed(ctx, o, token, own, field, a.target(field))
				if err != nil {
					return err
				}
				none, err := a.sendNamed(ctx, o, token, own, field, missing)
				if err != nil {
					return err
				}
				plain := strings.ReplaceAll(theirs.body, a.target(field), missing)
				a.note(fmt.Sprintf("%s: %s as foreign %s", o.id, field, role),
					theirs.status < 500 && theirs.status != tooMany && !beside(theirs.body) && same(answer{status: theirs.status, body: plain}, none),
					fmt.Sprintf("theirs: %d %.160s; nothing: %d %.160s", theirs.status, theirs.body, none.status, none.body))
			}
		}
	}
	return nil
}

// named are the paths of properties that name objects.
func named(ref *openapi3.SchemaRef, path string) []string {
	var all []string
	for name, property := range ref.Value.Properties {
		at := strings.TrimPrefix(path+"."+name, ".")
		switch s := property.Value; {
		case s.Type.Is("string") && len(s.Enum) == 0 && naming.MatchString(name):
			all = append(all, at)
		case s.Type.Is("array") && s.Items.Value.Type.Is("string") && len(s.Items.Value.Enum) == 0 && naming.MatchString(name):
			all = append(all, at)
		case s.Type.Is("array") && s.Items.Value.Type.Is("object"):
			all = append(all, named(s.Items, at)...)
		case s.Type.Is("object"):
			all = append(all, named(property, at)...)
		}
	}
	slices.Sort(all)
	return all
}

// target is the victim's object that a property may name.
func (a *attacker) target(field string) string {
	last := field[strings.LastIndex(field, ".")+1:]
	for part, param := range map[string]string{
		"case": "caseId", "school": "orgId", "org": "orgId", "file": "fileId", "group": "groupId", "channel": "channelId",
	} {
		if strings.HasPrefix(last, part) {
			return a.cast.ids[param]
		}
	}
	return a.cast.ids["userId"]
}

// sendNamed sends the smallest body with one property that names an object.
func (a *attacker) sendNamed(ctx context.Context, o operation, token string, own map[string]string, field, id string) (answer, error) {
	schema := o.op.RequestBody.Value.Content["application/json"].Schema
	body, ok := set(schema, sample.Smallest(schema), strings.Split(field, "."), id).(map[string]any)
	if !ok {
		return answer{}, errNothing
	}
	return a.send(ctx, request{
		method: o.method, path: o.at(func(p string) string { return own[p] }), token: token, body: body, header: map[string]string{keyHeader: newKey()},
	})
}

// set puts a property deep in a value.
func set(ref *openapi3.SchemaRef, v any, path []string, id string) any {
	if ref.Value.Type.Is("array") {
		if len(path) == 0 {
			return []any{id}
		}
		return []any{set(ref.Value.Items, sample.Smallest(ref.Value.Items), path, id)}
	}
	if len(path) == 0 {
		return id
	}
	o, ok := v.(map[string]any)
	if !ok {
		o = map[string]any{}
	}
	property := ref.Value.Properties[path[0]]
	below := o[path[0]]
	if below == nil {
		below = sample.Smallest(property)
	}
	o[path[0]] = set(property, below, path[1:], id)
	return o
}

// owns fills every parameter with something of the foreigner's own.
func (a *attacker) owns(ctx context.Context, role domain.Role) (map[string]string, error) {
	if own := a.cast.own[role]; own != nil {
		return own, nil
	}
	u := a.cast.strangers[role]
	c := a.cast
	c.victim.ID, c.victim.SchoolID, c.victim.DistrictID = "", u.OrgID, u.OrgID
	var row struct{ ID, SchoolID, DistrictID string }
	const query = "SELECT id, school_id, district_id FROM cases WHERE school_id = ? OR district_id = ? ORDER BY id LIMIT 1"
	err := a.Store.DB(ctx).Raw(query, u.OrgID, u.OrgID).Scan(&row).Error
	if err != nil {
		return nil, fmt.Errorf("a case of a foreigner: %w", err)
	}
	if row.ID != "" {
		c.victim.ID, c.victim.SchoolID, c.victim.DistrictID = row.ID, row.SchoolID, row.DistrictID
	}
	own, err := a.victims(ctx, c)
	a.cast.own[role] = own
	return own, err
}
