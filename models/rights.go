package models

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// Process is a part of the product with an account of its own in the database.
type Process string

// The processes that run all the time. Commands of the operator run as the owner of the
// schema.
const (
	ProcessAPI    Process = "api"
	ProcessWorker Process = "worker"
)

// rowRights are what a process may do with the rows of a table. None may change the schema
// or its own rights.
var rowRights = []string{"SELECT", "INSERT", "UPDATE", "DELETE"}

// fewerRights are the tables whose rows a process may not write as it likes: the record of
// what was done can be added to by those who add to it, and otherwise only be read.
var fewerRights = map[string]map[Process][]string{
	"goose_db_version": {ProcessAPI: {"SELECT"}, ProcessWorker: {"SELECT"}},
	eventTable:         {ProcessAPI: {"SELECT"}, ProcessWorker: {"SELECT", "INSERT"}},
	logTable:           {ProcessAPI: {"SELECT", "INSERT"}, ProcessWorker: {"SELECT", "INSERT", "DELETE", "UPDATE (seq, hash, sealed_at, mac)"}},
	checkpointTable:    {ProcessAPI: {"SELECT"}, ProcessWorker: {"SELECT", "INSERT", "UPDATE"}},
	"audit_seals":      {ProcessAPI: {"SELECT"}, ProcessWorker: {"SELECT", "INSERT", "DELETE"}},
	"audit_head":       {ProcessAPI: {"SELECT"}, ProcessWorker: {"SELECT", "UPDATE"}},
	shippingTable:      {ProcessAPI: {"SELECT"}, ProcessWorker: {"SELECT", "UPDATE"}},
	noticeTable:        {ProcessAPI: {"SELECT", "INSERT"}, ProcessWorker: {"SELECT"}},
	"registry_journal": {ProcessAPI: {"SELECT", "INSERT"}, ProcessWorker: {"SELECT", "INSERT"}},
}

var accountName = regexp.MustCompile(`^[A-Za-z0-9_]{1,32}$`)

// GrantRights gives the accounts of the processes their rights on every table of a MySQL
// database, and takes what they had beyond them. It runs after every migration, as the
// owner of the schema; an account without a name is left out.
func GrantRights(ctx context.Context, db *gorm.DB, accounts map[Process]string) error {
	var tables []string
	err := db.WithContext(ctx).Raw("SELECT TABLE_NAME FROM information_schema.tables WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME").
		Scan(&tables).Error
	if err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	for process, account := range accounts {
		if account == "" {
			continue
		}
		if !accountName.MatchString(account) {
			return fmt.Errorf("account %q of the %s: letters, digits and _ only", account, process)
		}
		for _, table := range tables {
			for _, sql := range rightsOn(table, process, account) {
				if err := db.WithContext(ctx).Exec(sql).Error; err != nil {
					return fmt.Errorf("rights of %s on %s: %w", account, table, err)
				}
			}
		}
	}
	return nil
}

// rightsOn are the statements for one table. Taking a right from the table takes it from
// its columns, too, so that what is given comes last.
func rightsOn(table string, process Process, account string) []string {
	at := fmt.Sprintf(" ON `%s` ", table)
	fewer, restricted := fewerRights[table]
	if !restricted {
		return []string{"GRANT " + strings.Join(rowRights, ", ") + at + "TO `" + account + "`"}
	}
	given := fewer[process]
	var taken []string
	for _, right := range rowRights {
		if !slices.Contains(given, right) {
			taken = append(taken, right)
		}
	}
	return []string{
		"REVOKE IF EXISTS " + strings.Join(taken, ", ") + at + "FROM `" + account + "`",
		"GRANT " + strings.Join(given, ", ") + at + "TO `" + account + "`",
	}
}
