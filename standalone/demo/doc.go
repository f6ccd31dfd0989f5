// Package demo fills a standalone edition with a believable city and shows it.
//
// Real are the 12 units of Guangzhou and their numbers of 专任教师 (data/
// t1_district_progress.csv, from 000:70-82). Everything else is drawn from a fixed seed:
// schools in proportion to each unit's teachers, by largest remainder after one each; 8 to
// 24 teachers a school, scaled from the unit's teachers per drawn school, so that the
// whole fits the time. Names are generic.
//
// Units, schools and people come in as an office brings them in: from the product's own
// xlsx templates, filled in, checked and imported; the last sheet has two bad rows. The
// schools of the second cohort enter their rosters and groups by hand.
//
// The people of these schools are played over HTTP by package drive. The product's clock
// starts 120 days ago and is moved forward in steps of ten days up to the present, so
// that deadlines pass as they would; after each step the open cases are told to look at
// the clock again. No row is written past the API.
package demo
