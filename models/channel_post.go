package models

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/calendar"
	"zhengxiao/internal/notify"
	"zhengxiao/internal/secret"
)

// dailyUsual is when the mail of a day goes out: eight in the morning.
const dailyUsual = 8 * 60

// UsualChoice is what a user gets who has chosen nothing.
func UsualChoice(userID string) NoticeChoice {
	return NoticeChoice{
		UserID: userID, Topics: "task due urge bulletin digest", DailyAt: dailyUsual,
		Quiet: Quiet{QuietFrom: 22 * 60, QuietTo: 7 * 60, Urgent: true},
	}
}

// reader is a user with a proved address, and where they work.
type reader struct {
	NoticeChoice

	Path   string
	Chosen bool
}

// mailOut queues mails for those of the addressees who want them, with the transaction that
// makes their notices.
func (s *Store) mailOut(tx *gorm.DB, notices []Notice, school string) error {
	if len(notices) == 0 {
		return nil
	}
	readers, err := readersOf(tx, notices)
	if err != nil || len(readers) == 0 {
		return err
	}
	servers, err := mailServers(tx, readers)
	if err != nil || len(servers) == 0 {
		return err
	}
	rules, err := s.noticeRules(tx, notices[0].CaseID) // all are of one case, or of none
	if err != nil {
		return err
	}
	var rows []Delivery
	for _, n := range notices {
		r, known := readers[n.UserID]
		if !known || !chose(r.Topics, TopicOf(n.Kind)) {
			continue
		}
		if server := nearest(servers, r.Path); server != nil {
			rows = append(rows, s.mailOf(n, r, server, school, Urgent(n.Kind, rules)))
		}
	}
	return putOut(tx, rows)
}

func (s *Store) mailOf(n Notice, r reader, server *Channel, school string, urgent bool) Delivery {
	d := s.delivery(server, n.Kind, n.Source)
	d.UserID, d.CaseID, d.School, d.Link = n.UserID, n.CaseID, school, n.Link
	d.Title, d.Body = truncate(withoutNumbers(n.Title), 255), truncate(withoutNumbers(n.Body), 2000)
	at := s.Now()
	urgent = urgent && r.Urgent
	if d.Daily = r.Daily && !urgent; d.Daily {
		at = slot(at, r.DailyAt)
	}
	if !urgent {
		at = r.next(at, calendar.Base())
	}
	d.NextAt = &at
	return d
}

func (s *Store) delivery(c *Channel, kind, source string) Delivery {
	now := s.Now()
	return Delivery{
		ID: newID(), ChannelID: c.ID, Path: c.Path, Source: source, Kind: kind, State: DeliveryQueued,
		NextAt: &now, CreatedAt: now, QueuedAt: now,
	}
}

// longNumbers are ID numbers, phones and the like that people have typed into a text.
var longNumbers = regexp.MustCompile(`\d{11,17}[\dXx]?`)

func withoutNumbers(text string) string { return longNumbers.ReplaceAllStringFunc(text, secret.MaskID) }

func readersOf(tx *gorm.DB, notices []Notice) (map[string]reader, error) {
	ids := make([]string, len(notices))
	for i, n := range notices {
		ids[i] = n.UserID
	}
	var rows []reader
	for part := range slices.Chunk(ids, batchSize) {
		var some []reader
		err := tx.Table("contacts c").
			Select("c.user_id, o.path, COALESCE(p.topics, '') AS topics, p.user_id IS NOT NULL AS chosen, COALESCE(p.daily, 0) AS daily, "+
				"COALESCE(p.daily_at, 0) AS daily_at, COALESCE(p.quiet_from, 0) AS quiet_from, COALESCE(p.quiet_to, 0) AS quiet_to, "+
				"COALESCE(p.working_days, 0) AS working_days, COALESCE(p.urgent, 0) AS urgent").
			Joins("JOIN users u ON u.id = c.user_id AND u.disabled = ?", false).Joins("JOIN orgs o ON o.id = u.org_id").
			Joins("LEFT JOIN notice_choices p ON p.user_id = c.user_id").
			Where("c.user_id IN ? AND c.verified_at IS NOT NULL", part).Scan(&some).Error
		if err != nil {
			return nil, fail(err, "find mail addresses")
		}
		rows = append(rows, some...)
	}
	by := make(map[string]reader, len(rows))
	for _, r := range rows {
		if !r.Chosen {
			r.NoticeChoice = UsualChoice(r.UserID)
		}
		by[r.UserID] = r
	}
	return by, nil
}

// above are a path and those of all organisations above it.
func above(path string) []string {
	var list []string
	for i, r := range path {
		if r == '/' && i > 0 {
			list = append(list, path[:i+1])
		}
	}
	return list
}

func mailServers(tx *gorm.DB, readers map[string]reader) ([]Channel, error) {
	paths := map[string]bool{}
	for _, r := range readers {
		for _, p := range above(r.Path) {
			paths[p] = true
		}
	}
	var rows []Channel
	for part := range slices.Chunk(sortedKeys(paths), batchSize) {
		var some []Channel
		err := tx.Where("path IN ? AND kind = ? AND disabled = ?", part, notify.Mail, false).Order("created_at, id").Find(&some).Error
		if err != nil {
			return nil, fail(err, "find mail servers")
		}
		rows = append(rows, some...)
	}
	return rows, nil
}

// nearest is the first channel of the lowest organisation at or above a path.
func nearest(channels []Channel, path string) *Channel {
	var best *Channel
	for i := range channels {
		c := &channels[i]
		if strings.HasPrefix(path, c.Path) && (best == nil || len(c.Path) > len(best.Path)) {
			best = c
		}
	}
	return best
}

// report is something that groups are told of: nothing personal, and nothing that people
// have typed in.
type report struct {
	source, kind, title, body, link string
	caseID, school, path            string
}

// tellGroups queues a report for every group bot and webhook of the organisations above.
func (s *Store) tellGroups(tx *gorm.DB, r report) error { return s.tellGroupsAt(tx, above(r.path), r) }

func (s *Store) tellGroupsAt(tx *gorm.DB, paths []string, r report) error {
	var channels []Channel
	err := tx.Where("path IN ? AND kind <> ? AND disabled = ?", paths, notify.Mail, false).Find(&channels).Error
	if err != nil {
		return fail(err, "find channels")
	}
	if len(channels) == 0 {
		return nil
	}
	rules, err := s.noticeRules(tx, r.caseID)
	if err != nil {
		return err
	}
	var rows []Delivery
	for i := range channels {
		c := &channels[i]
		if !chose(c.Topics, TopicOf(r.kind)) {
			continue
		}
		d := s.delivery(c, r.kind, r.source)
		d.CaseID, d.School, d.Title, d.Body, d.Link = r.caseID, r.school, truncate(r.title, 255), truncate(r.body, 2000), r.link
		if !Urgent(r.kind, rules) || !c.Urgent {
			at := c.next(s.Now(), calendar.Base())
			d.NextAt = &at
		}
		rows = append(rows, d)
	}
	return putOut(tx, rows)
}

// putOut stores deliveries, each once.
func putOut(tx *gorm.DB, rows []Delivery) error {
	if len(rows) == 0 {
		return nil
	}
	return fail(tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(&rows, 100).Error, "queue deliveries")
}

// Due reports when a delivery is taken up; the zero time when it has ended.
func (d *Delivery) Due() time.Time {
	if d.NextAt == nil {
		return time.Time{}
	}
	return *d.NextAt
}
