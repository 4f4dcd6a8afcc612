package activate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Send merges a batch into the table, or events into theirs.
func (p *postgres) Send(ctx context.Context, batch []Operation) ([]Outcome, error) {
	do := p.merge
	if batch[0].Action == Notify {
		do = p.tell
	}
	err := p.with(ctx, func(ctx context.Context, c *pgx.Conn) error {
		return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error { return do(ctx, tx, batch) })
	})
	if err != nil {
		return nil, err
	}
	return written(batch, 0), nil
}

// merge copies the rows beside the table, updates those that are there, and inserts the
// others. Fields that a row doesn't set keep their value.
func (p *postgres) merge(ctx context.Context, tx pgx.Tx, batch []Operation) error {
	fields := setFields(batch)
	names, set, flags := []string{quoted(p.s.Key)}, []string(nil), []string(nil)
	for k, f := range fields {
		q, flag := quoted(f.Name), fmt.Sprintf("set_%d", k)
		names, flags = append(names, q), append(flags, flag)
		set = append(set, fmt.Sprintf("%s = CASE WHEN s.%s THEN s.%s ELSE t.%s END", q, flag, q, q))
	}
	all := strings.Join(names, ", ")
	create := fmt.Sprintf("CREATE TEMP TABLE segmenta_batch ON COMMIT DROP AS SELECT %s FROM %s WITH NO DATA", all, p.table())
	if _, err := tx.Exec(ctx, create); err != nil {
		return err
	}
	for _, flag := range flags {
		if _, err := tx.Exec(ctx, "ALTER TABLE segmenta_batch ADD COLUMN "+flag+" boolean"); err != nil {
			return err
		}
	}
	into := "COPY segmenta_batch (" + strings.Join(append(slices.Clone(names), flags...), ", ") + ") FROM STDIN"
	if _, err := tx.Conn().PgConn().CopyFrom(ctx, copyRows(fields, batch), into); err != nil {
		return err
	}
	key := quoted(p.s.Key)
	if len(set) > 0 {
		if _, err := tx.Exec(ctx, fmt.Sprintf("UPDATE %s AS t SET %s FROM segmenta_batch AS s WHERE t.%s = s.%s", p.table(), strings.Join(set, ", "), key, key)); err != nil {
			return err
		}
	}
	if batch[0].Action == Clear {
		return nil
	}
	_, err := tx.Exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM segmenta_batch AS s WHERE NOT EXISTS (SELECT FROM %s AS t WHERE t.%s = s.%s) ON CONFLICT (%s) DO NOTHING",
		p.table(), all, all, p.table(), key, key, key))
	return err
}

// tell inserts events, each key once.
func (p *postgres) tell(ctx context.Context, tx pgx.Tx, batch []Operation) error {
	b := new(pgx.Batch)
	for _, o := range batch {
		e := o.Event
		b.Queue("INSERT INTO "+p.eventsTable()+" (key, id, event, kind, segment, label_en, label_es, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (key) DO NOTHING",
			o.Key, o.ID, e.Name, e.Group, e.Segment, e.Label.En, e.Label.Es, e.At)
	}
	return tx.SendBatch(ctx, b).Close()
}
