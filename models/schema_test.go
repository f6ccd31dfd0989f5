package models_test

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// rows are all the rows of the store, one of each table.
var rows = []any{
	models.Org{}, models.User{}, models.Grant{}, models.Session{}, models.PolicyRow{}, models.Overlay{}, models.CalendarRow{},
	models.Cohort{}, models.CohortSchool{}, models.Case{}, models.Event{}, models.StageVisit{}, models.ActionRow{}, models.TaskRow{},
	models.Delegation{}, models.CopyRow{}, models.Urge{},
	models.OutboxRow{}, models.Notice{}, models.Alarm{}, models.TeamMember{}, models.Diagnosis{}, models.PlanDraft{},
	models.PlanRevision{}, models.FilingOpinion{}, models.GuidanceVisit{}, models.StudyGroup{}, models.RosterRow{}, models.RosterChange{},
	models.Theme{}, models.ThemePoint{}, models.Topic{}, models.Activity{}, models.Participation{}, models.PersonalPlan{},
	models.TeacherPoint{}, models.TeachingCase{}, models.CourseChoice{}, models.InitialReview{}, models.Practice{},
	models.File{}, models.FileVersion{}, models.FileUpload{}, models.DossierPin{}, models.SelfScore{}, models.ScoreDraft{}, models.ScoreRow{}, models.Credit{},
	models.FeedRow{}, models.FeedHead{}, models.AuditEntry{}, models.AuditSeal{}, models.AuditHead{}, models.AuditCheckpoint{}, models.AuditShipping{},
	models.Guess{}, models.StrangerLogin{}, models.LinkedLogin{}, models.SSOAttempt{}, models.SSOGrant{},
	models.BoardView{}, models.UserSettings{}, models.Digest{},
	models.Bulletin{}, models.BulletinRecipient{}, models.BulletinRun{},
	models.CaseRun{}, models.CaseRunItem{},
	models.Channel{}, models.ChannelHealth{}, models.Delivery{}, models.Contact{}, models.NoticeChoice{},
	models.ReconcileRun{}, models.ReconcileFinding{},
	models.ImportJob{}, models.ImportPart{}, models.ImportError{}, models.ImportPasswords{}, models.RosterRequest{},
	models.Registry{}, models.RegistryBatch{}, models.RegistryRecord{}, models.RegistryEntry{}, models.RegistryStray{}, models.RegistryReversal{},
	models.AdminChange{}, models.OldPassword{}, models.SecondFactor{}, models.RecoveryCode{}, models.MachineToken{}, models.MachineTokenUse{},
	models.PersonalRead{}, models.Acknowledgement{}, models.PrivacyNotice{}, models.DataRequest{}, models.RetentionRule{}, models.LegalHold{}, models.ErasureRun{}, models.ErasureItem{},
}

// column is what both dialects must agree on.
type column struct {
	Type     string
	Nullable bool
	Primary  bool
}

// canonical gives the types that the dialects spell differently one name.
var canonical = map[string]string{
	"datetime(6)": "datetime", "longtext": "text", "longblob": "blob", "tinyint(1)": "boolean", "int": "integer",
}

func sqliteSchema(t *testing.T, db *gorm.DB) (map[string]column, map[string]string) {
	t.Helper()
	columns, indexes := map[string]column{}, map[string]string{}
	for _, table := range tables(t) {
		var info []struct {
			Name, Type  string
			Notnull, PK int
		}
		require.NoError(t, db.Raw("SELECT name, type, `notnull`, pk FROM pragma_table_info(?)", table).Scan(&info).Error)
		for _, c := range info {
			columns[table+"."+c.Name] = column{strings.ToLower(c.Type), c.Notnull == 0, c.PK > 0}
		}
		var list []struct {
			Name   string
			Unique int
		}
		require.NoError(t, db.Raw("SELECT name, `unique` FROM pragma_index_list(?)", table).Scan(&list).Error)
		for _, i := range list {
			var names []string
			require.NoError(t, db.Raw("SELECT name FROM pragma_index_info(?) ORDER BY seqno", i.Name).Scan(&names).Error)
			indexes[fmt.Sprintf("%s(%s)", table, strings.Join(names, ","))] = fmt.Sprint(i.Unique == 1)
		}
	}
	return columns, indexes
}

func mysqlSchema(t *testing.T, db *gorm.DB) (map[string]column, map[string]string) {
	t.Helper()
	columns, indexes := map[string]column{}, map[string]string{}
	var info []struct{ TableName, ColumnName, ColumnType, IsNullable, ColumnKey string }
	require.NoError(t, db.Raw(`SELECT TABLE_NAME AS table_name, COLUMN_NAME AS column_name, COLUMN_TYPE AS column_type,
		IS_NULLABLE AS is_nullable, COLUMN_KEY AS column_key FROM information_schema.columns
		WHERE table_schema = DATABASE() AND TABLE_NAME <> 'goose_db_version'`).Scan(&info).Error)
	for _, c := range info {
		kind := c.ColumnType
		if same, ok := canonical[kind]; ok {
			kind = same
		}
		columns[c.TableName+"."+c.ColumnName] = column{kind, c.IsNullable == "YES", c.ColumnKey == "PRI"}
	}
	var list []struct {
		TableName, Columns string
		NonUnique          int
	}
	require.NoError(t, db.Raw(`SELECT TABLE_NAME AS table_name, NON_UNIQUE AS non_unique,
		GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX) AS columns FROM information_schema.statistics
		WHERE table_schema = DATABASE() AND TABLE_NAME <> 'goose_db_version' GROUP BY TABLE_NAME, INDEX_NAME, NON_UNIQUE`).Scan(&list).Error)
	for _, i := range list {
		indexes[fmt.Sprintf("%s(%s)", i.TableName, i.Columns)] = fmt.Sprint(i.NonUnique == 0)
	}
	return columns, indexes
}

func tables(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, row := range rows {
		s, err := schema.Parse(row, &sync.Map{}, schema.NamingStrategy{})
		require.NoError(t, err)
		names = append(names, s.Table)
	}
	sort.Strings(names)
	return names
}

// Every column has a field and the reverse, with the same nullability and key.
func TestRowsMatchTheSchema(t *testing.T) {
	t.Parallel()
	columns, _ := sqliteSchema(t, testkit.SQLite(t))
	fields := map[string]bool{}
	for _, row := range rows {
		s, err := schema.Parse(row, &sync.Map{}, schema.NamingStrategy{})
		require.NoError(t, err)
		for _, f := range s.Fields {
			if f.DBName == "" {
				continue // told by other rows
			}
			name := s.Table + "." + f.DBName
			fields[name] = true
			c, ok := columns[name]
			require.True(t, ok, "no column for %s", name)
			require.Equal(t, f.PrimaryKey, c.Primary, name)
			pointer := strings.HasPrefix(f.FieldType.String(), "*") || f.FieldType.String() == "[]uint8"
			require.Equal(t, pointer, c.Nullable, name)
		}
	}
	for name := range columns {
		require.True(t, fields[name], "no field for %s", name)
	}
}

// Both dialects end up with the same columns and indexes.
func TestDialectsAgree(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	my := testkit.EmptyMySQL(t)
	require.NoError(t, models.Migrate(t.Context(), my))
	liteColumns, liteIndexes := sqliteSchema(t, testkit.SQLite(t))
	myColumns, myIndexes := mysqlSchema(t, my)
	require.Equal(t, liteColumns, myColumns)
	require.Equal(t, liteIndexes, myIndexes)
}

// Migrating again, as every start does, changes nothing.
func TestMigrateTwice(t *testing.T) {
	t.Parallel()
	db := testkit.SQLite(t)
	require.NoError(t, db.Create(&models.Org{ID: "a", Code: "a"}).Error)
	require.NoError(t, models.Migrate(t.Context(), db))
	var n int64
	require.NoError(t, db.Model(&models.Org{}).Count(&n).Error)
	require.EqualValues(t, 1, n)
}

// Processes that start at the same moment migrate a MySQL database one after the other.
func TestMigrateTogether(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	db := testkit.EmptyMySQL(t)
	var wg sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		wg.Go(func() { errs[i] = models.Migrate(t.Context(), db) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
}
