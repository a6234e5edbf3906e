package main

import (
	"time"

	"github.com/IBM/sarama"

	"conformance/contract"
)

func main() {
	contract.Run(map[string]func(contract.Options) error{
		"produce": produce, "consume": consume, "admin": admin,
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
