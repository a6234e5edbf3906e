// Package contract is what every Go driver shares: arguments, records on disk, and the runner's word to leave.
package contract

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
)

// Options are the arguments that follow the verb.
type Options struct {
	Bootstrap, Topic, Codec, Input, Group, Output string
	Target, TransactionalID                       string
	Topics                                        []string
	Count, AbortEvery, SessionMs                  int
	Idempotent, Committed                         bool
}

// Header is a [name, value] pair.
type Header struct {
	Name  string
	Value []byte
}

// UnmarshalJSON reads ["name", "base64"].
func (header *Header) UnmarshalJSON(line []byte) error {
	return json.Unmarshal(line, &[]any{&header.Name, &header.Value})
}

// MarshalJSON writes ["name", "base64"].
func (header Header) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{header.Name, header.Value})
}

// Record is one line of an input or an output file; a nil key or value is Kafka's null.
type Record struct {
	Topic     string   `json:"topic"`
	Partition int32    `json:"partition"`
	Offset    int64    `json:"offset"`
	Key       []byte   `json:"key"`
	Value     []byte   `json:"value"`
	Headers   []Header `json:"headers"`
}

// Run reads the arguments, calls the verb and ends the process.
func Run(verbs map[string]func(Options) error) {
	var options Options
	flags := flag.NewFlagSet("driver", flag.ExitOnError)
	flags.StringVar(&options.Bootstrap, "bootstrap", "", "")
	flags.StringVar(&options.Topic, "topic", "", "")
	flags.StringVar(&options.Codec, "codec", "none", "")
	flags.StringVar(&options.Input, "input", "", "")
	flags.StringVar(&options.Group, "group", "", "")
	flags.StringVar(&options.Output, "output", "", "")
	flags.IntVar(&options.Count, "count", math.MaxInt, "")
	flags.StringVar(&options.Target, "target", "", "")
	flags.StringVar(&options.TransactionalID, "transactional-id", "", "")
	flags.IntVar(&options.AbortEvery, "abort-every", 0, "")
	flags.IntVar(&options.SessionMs, "session-ms", 30_000, "")
	flags.BoolVar(&options.Idempotent, "idempotent", false, "")
	flags.BoolVar(&options.Committed, "committed", false, "")
	_ = flags.Parse(os.Args[2:])
	options.Topics = strings.Split(options.Topic, ",")
	if err := verbs[os.Args[1]](options); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// ReadInput returns the records of a file.
func ReadInput(path string) ([]Record, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var records []Record
	decoder := json.NewDecoder(bufio.NewReader(file))
	for {
		var record Record
		if err := decoder.Decode(&record); err == io.EOF {
			return records, nil
		} else if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
}

// Output takes what a consumer was handed and writes it at once, for the runner reads along.
type Output struct {
	lock sync.Mutex
	file *os.File
	left int
	// Done ends with the last record wanted, or when the runner closes the standard input.
	Done   context.Context
	finish context.CancelFunc
}

// NewOutput opens the output file.
func NewOutput(options Options) (*Output, error) {
	file, err := os.OpenFile(options.Output, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	done, finish := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		finish()
	}()
	return &Output{file: file, left: options.Count, Done: done, finish: finish}, err
}

// Write reports false when no more records are wanted: this one then counts as not handled.
func (output *Output) Write(record Record) bool {
	output.lock.Lock()
	defer output.lock.Unlock()
	if output.left <= 0 {
		return false
	}
	output.left--
	if record.Headers == nil {
		record.Headers = []Header{}
	}
	line, err := json.Marshal(record)
	if err != nil {
		panic(err)
	}
	if _, err := output.file.Write(append(line, '\n')); err != nil {
		panic(err)
	}
	return true
}

// FinishIfFull is to be called once what was written is committed too.
func (output *Output) FinishIfFull() {
	output.lock.Lock()
	defer output.lock.Unlock()
	if output.left <= 0 {
		output.finish()
	}
}

// CopyPlan says which records go into which transactions, how these end, and when all is done.
type CopyPlan struct {
	lock                     sync.Mutex
	left, abortEvery, number int
	// Done ends with the last record wanted, or when the runner closes the standard input.
	Done   context.Context
	finish context.CancelFunc
}

// NewCopyPlan begins to listen for the runner's word.
func NewCopyPlan(options Options) *CopyPlan {
	done, finish := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		finish()
	}()
	return &CopyPlan{left: options.Count, abortEvery: options.AbortEvery, Done: done, finish: finish}
}

// Room is how many records the next transaction takes at most.
func (plan *CopyPlan) Room() int {
	plan.lock.Lock()
	defer plan.lock.Unlock()
	return min(plan.left, 20)
}

// Copy calls transact for a transaction, first for one that is aborted if it is time for that.
func (plan *CopyPlan) Copy(records int, transact func(commits bool) error) error {
	plan.lock.Lock()
	defer plan.lock.Unlock()
	plan.number++
	if plan.abortEvery > 0 && plan.number%plan.abortEvery == 0 {
		if err := transact(false); err != nil {
			return err
		}
	}
	if err := transact(true); err != nil {
		return err
	}
	plan.committed(records)
	return nil
}

// Committed takes note of records that were copied otherwise.
func (plan *CopyPlan) Committed(records int) {
	plan.lock.Lock()
	defer plan.lock.Unlock()
	plan.committed(records)
}

func (plan *CopyPlan) committed(records int) {
	plan.left -= records
	fmt.Println("committed", records)
	if plan.left <= 0 {
		plan.finish()
	}
}

// ReportAssigned tells the runner which partitions this member owns.
func ReportAssigned(partitions []int32) {
	slices.Sort(partitions)
	fmt.Println("assigned", strings.Trim(fmt.Sprint(partitions), "[]"))
}

// AdminReport is what the admin verb prints.
type AdminReport struct {
	Partitions  int    `json:"partitions"`
	RetentionMs string `json:"retentionMs,omitempty"`
	Configs     int    `json:"configs,omitempty"`
	Deleted     bool   `json:"deleted"`
}

// Print writes the report as one line.
func (report AdminReport) Print() error {
	return json.NewEncoder(os.Stdout).Encode(report)
}
