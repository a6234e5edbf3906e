package main

import (
	"time"

	"github.com/IBM/sarama"

	"conformance/contract"
)

func main() {
	contract.Run(map[string]func(contract.Options) error{
		"produce": produce, "consume": consume, "copy": copyAll, "admin": admin,
	})
}

var codecs = map[string]sarama.CompressionCodec{
	"none":   sarama.CompressionNone,
	"gzip":   sarama.CompressionGZIP,
	"snappy": sarama.CompressionSnappy,
	"lz4":    sarama.CompressionLZ4,
	"zstd":   sarama.CompressionZSTD,
}

func produce(options contract.Options) error {
	config := sarama.NewConfig()
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Compression = codecs[options.Codec]
	config.Producer.Idempotent = options.Idempotent
	config.Producer.Return.Successes = true
	config.Net.MaxOpenRequests = 1
	producer, err := sarama.NewSyncProducer([]string{options.Bootstrap}, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	input, err := contract.ReadInput(options.Input)
	if err != nil {
		return err
	}
	messages := make([]*sarama.ProducerMessage, len(input))
	for at, record := range input {
		messages[at] = &sarama.ProducerMessage{Topic: options.Topic}
		if record.Key != nil {
			messages[at].Key = sarama.ByteEncoder(record.Key)
		}
		if record.Value != nil {
			messages[at].Value = sarama.ByteEncoder(record.Value)
		}
		for _, header := range record.Headers {
			messages[at].Headers = append(messages[at].Headers,
				sarama.RecordHeader{Key: []byte(header.Name), Value: header.Value})
		}
	}
	return producer.SendMessages(messages)
}

type member struct{ output *contract.Output }

func (member) Setup(session sarama.ConsumerGroupSession) error {
	var owned []int32
	for _, partitions := range session.Claims() {
		owned = append(owned, partitions...)
	}
	contract.ReportAssigned(owned)
	return nil
}

func (member) Cleanup(session sarama.ConsumerGroupSession) error {
	session.Commit()
	return nil
}

// ConsumeClaim is called once per partition, each in a goroutine of its own.
func (member member) ConsumeClaim(
	session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim,
) error {
	for {
		select {
		case message, open := <-claim.Messages():
			if !open || !member.output.Write(lineOf(message)) {
				return nil
			}
			session.MarkMessage(message, "")
			if len(claim.Messages()) == 0 {
				session.Commit()
			}
			member.output.FinishIfFull()
		case <-session.Context().Done():
			return nil
		}
	}
}

func lineOf(message *sarama.ConsumerMessage) contract.Record {
	line := contract.Record{
		Topic: message.Topic, Partition: message.Partition, Offset: message.Offset,
		Key: message.Key, Value: message.Value,
	}
	for _, header := range message.Headers {
		line.Headers = append(line.Headers,
			contract.Header{Name: string(header.Key), Value: header.Value})
	}
	return line
}

func consume(options contract.Options) error {
	output, err := contract.NewOutput(options)
	if err != nil {
		return err
	}
	config := sarama.NewConfig()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	if options.Committed {
		config.Consumer.IsolationLevel = sarama.ReadCommitted
	}
	config.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	config.Consumer.MaxWaitTime = 200 * time.Millisecond
	group, err := sarama.NewConsumerGroup([]string{options.Bootstrap}, options.Group, config)
	if err != nil {
		return err
	}
	defer group.Close() // leaves the group
	for output.Done.Err() == nil {
		if err := group.Consume(output.Done, options.Topics, member{output}); err != nil {
			return err
		}
	}
	return nil
}

// copier has one transaction at a time, whatever partition its records come from.
type copier struct {
	options  contract.Options
	plan     *contract.CopyPlan
	producer sarama.SyncProducer
	failed   error
}

func (*copier) Setup(sarama.ConsumerGroupSession) error { return nil }

func (*copier) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (copier *copier) ConsumeClaim(
	session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim,
) error {
	for {
		select {
		case message, open := <-claim.Messages():
			if !open {
				return nil
			}
			messages := []*sarama.ConsumerMessage{message}
			for len(claim.Messages()) > 0 && len(messages) < copier.plan.Room() {
				messages = append(messages, <-claim.Messages())
			}
			if err := copier.plan.Copy(len(messages), func(commits bool) error {
				return copier.transact(messages, commits)
			}); err != nil {
				copier.failed = err
				return err
			}
		case <-session.Context().Done():
			return nil
		}
	}
}

func (copier *copier) transact(messages []*sarama.ConsumerMessage, commits bool) error {
	if err := copier.producer.BeginTxn(); err != nil {
		return err
	}
	copies := make([]*sarama.ProducerMessage, len(messages))
	for at, message := range messages {
		copies[at] = &sarama.ProducerMessage{
			Topic: copier.options.Target, Partition: message.Partition,
		}
		if message.Key != nil {
			copies[at].Key = sarama.ByteEncoder(message.Key)
		}
		if message.Value != nil {
			copies[at].Value = sarama.ByteEncoder(message.Value)
		}
		for _, header := range message.Headers {
			copies[at].Headers = append(copies[at].Headers, *header)
		}
	}
	if err := copier.producer.SendMessages(copies); err != nil {
		return err
	}
	last := messages[len(messages)-1]
	if err := copier.producer.AddMessageToTxn(last, copier.options.Group, nil); err != nil {
		return err
	}
	if commits {
		return copier.producer.CommitTxn()
	}
	return copier.producer.AbortTxn()
}

func copyAll(options contract.Options) error {
	config := sarama.NewConfig()
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Producer.Transaction.ID = options.TransactionalID
	config.Producer.Transaction.Timeout = 10 * time.Second
	config.Net.MaxOpenRequests = 1
	config.Consumer.IsolationLevel = sarama.ReadCommitted
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.Group.Session.Timeout = time.Duration(options.SessionMs) * time.Millisecond
	config.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	config.Consumer.MaxWaitTime = 200 * time.Millisecond
	producer, err := sarama.NewSyncProducer([]string{options.Bootstrap}, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	group, err := sarama.NewConsumerGroup([]string{options.Bootstrap}, options.Group, config)
	if err != nil {
		return err
	}
	defer group.Close() // leaves the group
	copier := &copier{options: options, plan: contract.NewCopyPlan(options), producer: producer}
	for copier.plan.Done.Err() == nil && copier.failed == nil {
		if err := group.Consume(copier.plan.Done, options.Topics, copier); err != nil {
			return err
		}
	}
	return copier.failed
}

func admin(options contract.Options) error {
	admin, err := sarama.NewClusterAdmin([]string{options.Bootstrap}, sarama.NewConfig())
	if err != nil {
		return err
	}
	defer admin.Close()
	topic, retention := options.Topic, "3600000"
	wanted := &sarama.TopicDetail{
		NumPartitions: 3, ReplicationFactor: 1,
		ConfigEntries: map[string]*string{"retention.ms": &retention},
	}
	if err := admin.CreateTopic(topic, wanted, false); err != nil {
		return err
	}
	described, err := admin.DescribeTopics([]string{topic})
	if err != nil {
		return err
	}
	entries, err := admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: topic})
	if err != nil {
		return err
	}
	report := contract.AdminReport{
		Partitions: len(described[0].Partitions), Configs: len(entries),
	}
	for _, entry := range entries {
		if entry.Name == "retention.ms" {
			report.RetentionMs = entry.Value
		}
	}
	if err := admin.DeleteTopic(topic); err != nil {
		return err
	}
	left, err := admin.ListTopics()
	_, stillThere := left[topic]
	report.Deleted = err == nil && !stillThere
	return report.Print()
}
