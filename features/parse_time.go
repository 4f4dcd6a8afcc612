package features

import "strings"

// parse reads a text as microseconds. zoned says that the text itself named its
// offset from UTC; else it is a wall-clock time.
func (l *layout) parse(s string) (at int64, zoned, ok bool) {
	s = strings.TrimSpace(s)
	switch l.kind {
	case "unix", "unix_ms":
		v, ok := wholeNumber(s)
		return l.unix(v), true, ok && v > -62135596800000 && v < 253402300800000
	case "fields":
		at, ok = l.fields(s)
		return at, false, ok
	}
	return iso(s)
}

func (l *layout) unix(v int64) int64 {
	if l.kind == "unix" {
		return v * second
	}
	return v * (second / 1000)
}

func wholeNumber(s string) (v int64, ok bool) {
	digits := strings.TrimPrefix(s, "-")
	if digits == "" || len(digits) > 15 {
		return 0, false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
		v = v*10 + int64(digits[i]-'0')
	}
	if len(digits) < len(s) {
		v = -v
	}
	return v, true
}

// iso reads 2006-01-02, optionally with a time of day to the microsecond after a
// T or a space, and an offset: Z, +01:00 or +0100. Finer digits are cut off.
func iso(s string) (at int64, zoned, ok bool) {
	y, ok1 := number(s, 0, 4)
	m, ok2 := number(s, 5, 7)
	d, ok3 := number(s, 8, 10)
	if !ok1 || !ok2 || !ok3 || s[4] != '-' || s[7] != '-' {
		return 0, false, false
	}
	rest := s[10:]
	var inDay, east int64
	if rest != "" {
		if rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ' {
			return 0, false, false
		}
		if inDay, rest, ok = timeOfDay(rest[1:]); !ok {
			return 0, false, false
		}
		if rest != "" {
			if east, ok = offset(strings.TrimPrefix(rest, " ")); !ok {
				return 0, false, false
			}
			zoned = true
		}
	}
	at, ok = civil(y, m, d, inDay)
	return at - east, zoned, ok
}

// timeOfDay reads hh:mm[:ss[.ffffff]] and returns what follows it.
func timeOfDay(s string) (in int64, rest string, ok bool) {
	h, ok1 := number(s, 0, 2)
	m, ok2 := number(s, 3, 5)
	if !ok1 || !ok2 || s[2] != ':' || h > 23 || m > 59 {
		return 0, "", false
	}
	in, rest = int64(h*3600+m*60)*second, s[5:]
	if rest == "" || rest[0] != ':' {
		return in, rest, true
	}
	sec, ok3 := number(s, 6, 8)
	if !ok3 || sec > 59 {
		return 0, "", false
	}
	in, rest = in+int64(sec)*second, s[8:]
	if rest == "" || rest[0] != '.' && rest[0] != ',' {
		return in, rest, true
	}
	n := 1
	for scale := second / 10; n < len(rest) && rest[n] >= '0' && rest[n] <= '9'; n++ {
		in += int64(rest[n]-'0') * scale
		scale /= 10
	}
	return in, rest[n:], n > 1
}

// offset reads Z, UTC, +hh, +hhmm or +hh:mm as microseconds east.
func offset(s string) (int64, bool) {
	if s == "Z" || s == "z" || s == "UTC" {
		return 0, true
	}
	if len(s) < 3 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	digits := strings.Replace(s[1:], ":", "", 1)
	h, ok := number(digits, 0, 2)
	m := 0
	if len(digits) == 4 && ok {
		m, ok = number(digits, 2, 4)
	} else if len(digits) != 2 {
		return 0, false
	}
	if !ok || h > 18 || m > 59 {
		return 0, false
	}
	east := int64(h*3600+m*60) * second
	if s[0] == '-' {
		east = -east
	}
	return east, true
}

// number reads the digits s[from:to].
func number(s string, from, to int) (v int, ok bool) {
	if len(s) < to {
		return 0, false
	}
	for i := from; i < to; i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		v = v*10 + int(s[i]-'0')
	}
	return v, true
}

// fields reads a text step by step. What is left out at the end, such as the
// time of day, is zero.
func (l *layout) fields(s string) (int64, bool) {
	var got [128]int // by field
	fraction, afternoon, half := int64(0), false, false
	for _, st := range l.steps {
		if s == "" && got['d'] > 0 && got['M'] > 0 && got['y'] > 0 {
			break
		}
		n := 0
		switch {
		case st.field == 0:
			if s == "" || lower(s[0]) != st.b {
				return 0, false
			}
			s = s[1:]
			continue
		case st.field == 'p':
			if len(s) < 2 || lower(s[1]) != 'm' || lower(s[0]) != 'a' && lower(s[0]) != 'p' {
				return 0, false
			}
			half, afternoon, s = true, lower(s[0]) == 'p', s[2:]
			continue
		}
		for scale := second / 10; n < len(s) && n < max(st.width, 6*boolInt(st.field == 'f')) && s[n] >= '0' && s[n] <= '9'; n++ {
			got[st.field] = got[st.field]*10 + int(s[n]-'0')
			fraction += int64(s[n]-'0') * scale * int64(boolInt(st.field == 'f'))
			scale /= 10
		}
		if n == 0 || st.field == 'y' && n != st.width {
			return 0, false
		}
		if st.field == 'y' && n == 2 {
			got['y'] += 1900 + 100*boolInt(got['y'] < 70)
		}
		s = s[n:]
	}
	if s != "" {
		return 0, false
	}
	if half {
		if got['h'] < 1 || got['h'] > 12 {
			return 0, false
		}
		got['h'] = got['h']%12 + 12*boolInt(afternoon)
	}
	if got['h'] > 23 || got['m'] > 59 || got['s'] > 59 {
		return 0, false
	}
	return civil(got['y'], got['M'], got['d'], int64(got['h']*3600+got['m']*60+got['s'])*second+fraction)
}

func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
