package models

import "time"

// Level is a rank of the organisation tree.
type Level string

// The levels. A school whose parent is a city is 局属 (002:61).
const (
	LevelProvince Level = "province"
	LevelCity     Level = "city"
	LevelDistrict Level = "district"
	LevelSchool   Level = "school"
)

// Org is one organisation. Path is "/<province>/…/<self>/".
type Org struct {
	ID        string `gorm:"primaryKey"`
	ParentID  *string
	Level     Level
	Code      string
	Name      string
	Path      string
	CreatedAt time.Time
}

// TableName is the table of Org.
func (Org) TableName() string { return "orgs" }
