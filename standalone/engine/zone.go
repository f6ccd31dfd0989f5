package engine

import _ "time/tzdata" // schedules name their time zone; the machine may know none
