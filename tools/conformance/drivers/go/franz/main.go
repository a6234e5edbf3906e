package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"conformance/contract"
)

func main() {
	contract.Run(map[string]func(contract.Options) error{
		"produce": produce, "consume": consume, "copy": copyAll, "admin": admin,
	})
}

var codecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

func produce(options contract.Options) error {
	settings := []kgo.Opt{
		kgo.SeedBrokers(options.Bootstrap),
		kgo.DefaultProduceTopic(options.Topic),
		kgo.ProducerBatchCompression(codecs[options.Codec]),
	}
	if !options.Idempotent {
		settings = append(settings, kgo.DisableIdempotentWrite(),
			kgo.RequiredAcks(kgo.AllISRAcks()), kgo.MaxProduceRequestsInflightPerBroker(1))
	}
	client, err := kgo.NewClient(settings...)
	if err != nil {
		return err
	}
	defer client.Close()
	input, err := contract.ReadInput(options.Input)
	if err != nil {
		return err
	}
	records := make([]*kgo.Record, len(input))
	for at, each := range input {
		records[at] = &kgo.Record{Key: each.Key, Value: each.Value}
		for _, header := range each.Headers {
			records[at].Headers = append(records[at].Headers,
				kgo.RecordHeader{Key: header.Name, Value: header.Value})
		}
	}
	return client.ProduceSync(context.Background(), records...).FirstErr()
}

func consume(options contract.Options) error {
	output, err := contract.NewOutput(options)
	if err != nil {
		return err
	}
	owned := map[int32]bool{}
	report := func() {
		var partitions []int32
		for partition := range owned {
			partitions = append(partitions, partition)
		}
		contract.ReportAssigned(partitions)
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(options.Bootstrap),
		kgo.FetchIsolationLevel(isolation(options)),
		kgo.ConsumerGroup(options.Group),
		kgo.ConsumeTopics(options.Topics...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
		kgo.BlockRebalanceOnPoll(),
		kgo.HeartbeatInterval(500*time.Millisecond),
		kgo.FetchMaxWait(200*time.Millisecond),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, added map[string][]int32) {
			change(owned, added, true)
			report()
		}),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, gone map[string][]int32) {
			change(owned, gone, false)
			report()
		}),
	)
	if err != nil {
		return err
	}
	defer client.CloseAllowingRebalance() // leaves the group
	for output.Done.Err() == nil {
		fetches := client.PollRecords(output.Done, 500)
		var handled []*kgo.Record
		for _, record := range fetches.Records() {
			if output.Write(lineOf(record)) {
				handled = append(handled, record)
			}
		}
		if len(handled) > 0 {
			if err := client.CommitRecords(context.Background(), handled...); err != nil {
				return err
			}
		}
		client.AllowRebalance()
		output.FinishIfFull()
	}
	return nil
}

func isolation(options contract.Options) kgo.IsolationLevel {
	if options.Committed {
		return kgo.ReadCommitted()
	}
	return kgo.ReadUncommitted()
}

// copyAll leaves aborts and what follows from a rebalance to the client's session, which goes back to the
// offsets that are committed.
func copyAll(options contract.Options) error {
	plan := contract.NewCopyPlan(options)
	session, err := kgo.NewGroupTransactSession(
		kgo.SeedBrokers(options.Bootstrap),
		kgo.TransactionalID(options.TransactionalID),
		kgo.TransactionTimeout(10*time.Second),
		kgo.DefaultProduceTopic(options.Target),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.RequireStableFetchOffsets(),
		kgo.ConsumerGroup(options.Group),
		kgo.ConsumeTopics(options.Topics...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.SessionTimeout(time.Duration(options.SessionMs)*time.Millisecond),
		kgo.HeartbeatInterval(500*time.Millisecond),
		kgo.FetchMaxWait(200*time.Millisecond),
	)
	if err != nil {
		return err
	}
	defer session.Close()
	for number := 1; plan.Done.Err() == nil; number++ {
		records := session.PollRecords(plan.Done, plan.Room()).Records()
		if len(records) == 0 {
			continue
		}
		aborts := options.AbortEvery > 0 && number%options.AbortEvery == 0
		committed, err := transact(session, records, kgo.TransactionEndTry(!aborts))
		if err != nil {
			return err
		}
		if committed {
			plan.Committed(len(records))
		}
	}
	return nil
}

func transact(
	session *kgo.GroupTransactSession, records []*kgo.Record, end kgo.TransactionEndTry,
) (bool, error) {
	if err := session.Begin(); err != nil {
		return false, err
	}
	copies := make([]*kgo.Record, len(records))
	for at, each := range records {
		copies[at] = &kgo.Record{
			Key: each.Key, Value: each.Value, Headers: each.Headers, Partition: each.Partition,
		}
	}
	background := context.Background()
	if err := session.ProduceSync(background, copies...).FirstErr(); err != nil {
		return false, err
	}
	return session.End(background, end)
}

func change(owned map[int32]bool, topics map[string][]int32, isOwned bool) {
	for _, partitions := range topics {
		for _, partition := range partitions {
			if isOwned {
				owned[partition] = true
			} else {
				delete(owned, partition)
			}
		}
	}
}

func lineOf(record *kgo.Record) contract.Record {
	line := contract.Record{
		Topic: record.Topic, Partition: record.Partition, Offset: record.Offset,
		Key: record.Key, Value: record.Value,
	}
	for _, header := range record.Headers {
		line.Headers = append(line.Headers, contract.Header{Name: header.Key, Value: header.Value})
	}
	return line
}

func admin(options contract.Options) error {
	background := context.Background()
	client, err := kgo.NewClient(kgo.SeedBrokers(options.Bootstrap))
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	topic, retention := options.Topic, "3600000"
	configs := map[string]*string{"retention.ms": &retention}
	if _, err := admin.CreateTopic(background, 3, 1, configs, topic); err != nil {
		return err
	}
	described, err := admin.ListTopics(background, topic)
	if err != nil {
		return err
	}
	entries, err := admin.DescribeTopicConfigs(background, topic)
	if err != nil {
		return err
	}
	report := contract.AdminReport{
		Partitions: len(described[topic].Partitions), Configs: len(entries[0].Configs),
	}
	for _, config := range entries[0].Configs {
		if config.Key == "retention.ms" {
			report.RetentionMs = config.MaybeValue()
		}
	}
	if _, err := admin.DeleteTopic(background, topic); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	left, err := admin.ListTopics(background)
	report.Deleted = err == nil && !left.Has(topic)
	return report.Print()
}
