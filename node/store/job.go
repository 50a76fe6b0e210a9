package store

import (
	"context"
	"fmt"
	"time"
)

// Job is a piece of work that waits.
type Job struct {
	ID       int64
	Kind     string
	Lane     string
	Payload  []byte
	RunAt    time.Time
	Attempts int
	Error    string
}

// Enqueue adds a job in the transaction of what makes it necessary.
func (tx *Tx) Enqueue(ctx context.Context, kind, lane string, payload []byte, runAt time.Time) error {
	err := tx.exec(ctx, `INSERT INTO jobs (kind, lane, payload, run_at, attempts, state, error) VALUES (?, ?, ?, ?, 0, 'waiting', '')`, kind, lane, payload, ms(runAt))
	if err != nil {
		return fmt.Errorf("enqueue %s: %w", kind, err)
	}
	return nil
}

// DueJobs lists jobs of a kind that are due, in the order in which they became due.
func (tx *Tx) DueJobs(ctx context.Context, kind string, now time.Time, limit int) (list []*Job, err error) {
	err = tx.rows(ctx, `SELECT id, lane, payload, run_at, attempts, error FROM jobs WHERE kind = ? AND state = 'waiting' AND run_at <= ? ORDER BY run_at, id LIMIT ?`,
		[]any{kind, ms(now), limit}, func(r scanner) error {
			j := &Job{Kind: kind}
			list = append(list, j)
			return r.Scan(&j.ID, &j.Lane, &j.Payload, timeColumn{&j.RunAt}, &j.Attempts, &j.Error)
		})
	return list, err
}

// NextJob returns when the first job of a kind becomes due after now, or the zero time.
func (tx *Tx) NextJob(ctx context.Context, kind string, now time.Time) (next time.Time, err error) {
	err = tx.row(ctx, `SELECT COALESCE(MIN(run_at), 0) FROM jobs WHERE kind = ? AND state = 'waiting' AND run_at > ?`, kind, ms(now)).Scan(timeColumn{&next})
	return next, err
}

// DoneJob removes a job whose work is done.
func (tx *Tx) DoneJob(ctx context.Context, jobID int64) error {
	return tx.exec(ctx, `DELETE FROM jobs WHERE id = ?`, jobID)
}

// RetryJob puts a job off after a failure.
func (tx *Tx) RetryJob(ctx context.Context, jobID int64, runAt time.Time, problem string) error {
	return tx.exec(ctx, `UPDATE jobs SET run_at = ?, attempts = attempts + 1, error = ? WHERE id = ?`, ms(runAt), problem, jobID)
}

// FailJob puts a job aside with its reason (R11).
func (tx *Tx) FailJob(ctx context.Context, jobID int64, problem string) error {
	return tx.exec(ctx, `UPDATE jobs SET state = 'failed', attempts = attempts + 1, error = ? WHERE id = ?`, problem, jobID)
}
