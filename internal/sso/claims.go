package sso

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/hygiene"
)

// Identity is what a provider has said of a person, verified.
type Identity struct {
	Subject  string
	Sub, SID string    // the person and their session as the provider speaks of them when it ends
	AuthTime time.Time // when the provider last saw proof; zero when it does not say
	Factors  bool      // the provider vouches for two factors
	ACR      string
	Roles    []Seat
	Login    string // of an account to be made
	Name     string
}

// Seat is a role at an organisation, by its code.
type Seat struct {
	Role domain.Role
	Org  string
}

// longestName is how many bytes a provider's name for a person or a session has at most.
const longestName = 255

// maxValues bounds how many values of a claim are looked at.
const maxValues = 1000

// claims are what a token says, by name.
type claims map[string]any

// identity reads what the settings look at. It is pure: the token is verified already.
func (p *Settings) identity(raw []byte) (Identity, error) {
	var c claims
	if err := json.Unmarshal(raw, &c); err != nil {
		return Identity{}, refusedf("id token has no claims: %v", err)
	}
	id := Identity{Subject: c.text(p.SubjectClaim), ACR: c.text("acr"), Roles: p.seats(c)}
	if id.Subject == "" || len(id.Subject) > longestName {
		return Identity{}, refusedf("claim %s names nobody", p.SubjectClaim)
	}
	id.Sub, id.SID = c.short("sub"), c.short("sid")
	if at, ok := c["auth_time"].(float64); ok && at > 0 && at < 1<<40 {
		id.AuthTime = time.Unix(int64(at), 0)
	}
	vouched := append(c.values("amr"), id.ACR)
	id.Factors = slices.ContainsFunc(p.SecondFactor, func(v string) bool { return v != "" && slices.Contains(vouched, v) })
	if p.Create != nil {
		id.Login, id.Name = c.text(p.Create.LoginClaim), c.text(p.Create.NameClaim)
	}
	return id, nil
}

// seats are the roles that the values of the mapped claim give, each once, in the order of
// the rules. None of 三员 is ever among them.
func (p *Settings) seats(c claims) []Seat {
	if p.Roles == nil {
		return nil
	}
	held := c.values(p.Roles.Claim)
	var seats []Seat
	for _, r := range p.Roles.Rules {
		s := Seat{Role: r.Role, Org: r.Org}
		if slices.Contains(held, r.Value) && r.Role.Valid() && !r.Role.Triad() && !slices.Contains(seats, s) {
			seats = append(seats, s)
		}
	}
	return seats
}

// at is the claim of a name: one of that very name, or one nested where dots lead to.
func (c claims) at(name string) any {
	if v, ok := c[name]; ok {
		return v
	}
	first, rest, nested := strings.Cut(name, ".")
	inner, ok := c[first].(map[string]any)
	if !nested || !ok {
		return nil
	}
	return claims(inner).at(rest)
}

// text is a claim that is one text without anything hidden in it, or "".
func (c claims) text(name string) string {
	s, _ := c.at(name).(string)
	if _, bad := hygiene.Text(s); bad || !utf8.ValidString(s) {
		return ""
	}
	return s
}

// short is a text that is no longer than names are; "" for others.
func (c claims) short(name string) string {
	if s := c.text(name); len(s) <= longestName {
		return s
	}
	return ""
}

// values are the texts of a claim that is a list, or the one of a claim that is a text.
func (c claims) values(name string) []string {
	switch v := c.at(name).(type) {
	case string:
		return []string{v}
	case []any:
		var list []string
		for _, one := range v[:min(len(v), maxValues)] {
			if s, ok := one.(string); ok {
				list = append(list, s)
			}
		}
		return list
	default:
		return nil
	}
}
