package models

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
)

// BoardView is a named way to look at the 督办台账. OrgID is the office that the owner
// shares it with, or empty. Filters is a JSON object of texts, Columns a JSON list.
type BoardView struct {
	ID        string `gorm:"primaryKey"`
	OwnerID   string
	OrgID     string
	Name      string
	Filters   string
	Sort      string
	Columns   string
	CreatedAt time.Time
	UpdatedAt time.Time `gorm:"autoUpdateTime:false"`
}

// Decode reads the filters and the columns.
func (v *BoardView) Decode() (filters map[string]string, columns []string, err error) {
	if err = json.Unmarshal([]byte(v.Filters), &filters); err == nil {
		err = json.Unmarshal([]byte(v.Columns), &columns)
	}
	if err != nil {
		err = fmt.Errorf("decode view %s: %w", v.ID, err)
	}
	return filters, columns, err
}

// NewBoardView is what a view says. OrgID must be one of the owner's offices.
type NewBoardView struct {
	Name    string
	Filters map[string]string
	Sort    string
	Columns []string
	OrgID   string
}

// The bounds of views: nobody finds one among more, and a name must fit a button.
const (
	maxViews    = 50
	maxViewName = 20
)

func (n NewBoardView) fill(v *BoardView, now time.Time) error {
	name := strings.TrimSpace(n.Name)
	switch {
	case name == "":
		return apperr.Field("name", "请填写视图名称。")
	case utf8.RuneCountInString(name) > maxViewName:
		return apperr.Field("name", fmt.Sprintf("视图名称不能超过 %d 个字，请缩短。", maxViewName))
	}
	if n.Filters == nil {
		n.Filters = map[string]string{}
	}
	if n.Columns == nil {
		n.Columns = []string{}
	}
	filters, err := json.Marshal(n.Filters)
	if err != nil {
		return fmt.Errorf("encode filters: %w", err)
	}
	columns, err := json.Marshal(n.Columns)
	if err != nil {
		return fmt.Errorf("encode columns: %w", err)
	}
	v.Name, v.OrgID, v.Filters, v.Sort, v.Columns, v.UpdatedAt = name, n.OrgID, string(filters), n.Sort, string(columns), now
	return nil
}

// BoardViews lists the views of a user and those that others share with the offices, by
// name.
func (s *Store) BoardViews(ctx context.Context, userID string, offices []string) ([]BoardView, error) {
	var own, shared []BoardView
	if err := s.DB(ctx).Where("owner_id = ?", userID).Order("name").Find(&own).Error; err != nil {
		return nil, fail(err, "list own views")
	}
	if len(offices) > 0 {
		err := s.DB(ctx).Where("org_id IN ? AND owner_id <> ?", offices, userID).Order("org_id, name, id").Limit(maxLimit).Find(&shared).Error
		if err != nil {
			return nil, fail(err, "list shared views")
		}
	}
	return append(own, shared...), nil
}

// BoardView is one of BoardViews.
func (s *Store) BoardView(ctx context.Context, userID string, offices []string, id string) (*BoardView, error) {
	return boardView(s.DB(ctx), userID, offices, id)
}

func boardView(tx *gorm.DB, userID string, offices []string, id string) (*BoardView, error) {
	var v BoardView
	if err := tx.Where("id = ?", id).Take(&v).Error; err != nil {
		return nil, found(err, "视图", "load view")
	}
	if v.OwnerID != userID && !slices.Contains(offices, v.OrgID) {
		return nil, found(gorm.ErrRecordNotFound, "视图", "load view")
	}
	return &v, nil
}

// CreateBoardView keeps a view for a user.
func (s *Store) CreateBoardView(ctx context.Context, userID string, n NewBoardView) (*BoardView, error) {
	v := &BoardView{ID: newID(), OwnerID: userID, CreatedAt: s.Now()}
	if err := n.fill(v, s.Now()); err != nil {
		return nil, err
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var n int64
		if err := tx.Model(&BoardView{}).Where("owner_id = ?", userID).Count(&n).Error; err != nil {
			return err
		}
		if n >= maxViews {
			return apperr.Newf(apperr.Conflict, "每人最多保存 %d 个视图，请先删除不用的。", maxViews)
		}
		return tx.Create(v).Error
	})
	return v, viewError(err)
}

func viewError(err error) error {
	if IsDuplicate(err) {
		return apperr.Wrap(err, apperr.Conflict, "您已有同名的视图，请换一个名称。").On("name")
	}
	return fail(err, "save view")
}

// owned loads a view that the user may change: others' are only to be used.
func owned(tx *gorm.DB, userID string, offices []string, id string) (*BoardView, error) {
	v, err := boardView(forUpdate(tx), userID, offices, id)
	if err == nil && v.OwnerID != userID {
		return nil, apperr.New(apperr.Forbidden, "这是同事共享的视图，只有建立它的人能修改或删除；您可以另存为自己的视图。")
	}
	return v, err
}

// EditBoardView replaces what a view says.
func (s *Store) EditBoardView(ctx context.Context, userID string, offices []string, id string, n NewBoardView) (*BoardView, error) {
	var v *BoardView
	err := s.Tx(ctx, func(tx *gorm.DB) (err error) {
		if v, err = owned(tx, userID, offices, id); err != nil {
			return err
		}
		if err := n.fill(v, s.Now()); err != nil {
			return err
		}
		return tx.Save(v).Error
	})
	return v, viewError(err)
}

// DeleteBoardView removes a view; whoever began with it begins with the usual one.
func (s *Store) DeleteBoardView(ctx context.Context, userID string, offices []string, id string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		v, err := owned(tx, userID, offices, id)
		if err != nil {
			return err
		}
		return fail(tx.Delete(v).Error, "delete view")
	})
}
