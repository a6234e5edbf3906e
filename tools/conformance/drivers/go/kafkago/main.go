package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/segmentio/kafka-go"

	"conformance/contract"
)

func main() {
	contract.Run(map[string]func(contract.Options) error{
		"produce": produce, "consume": consume, "admin": admin,
	})
}

var codecs = map[string]kafka.Compression{
	"none": 0, "gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd,
}

func produce(options contract.Options) error {
	writer := &kafka.Writer{
		Addr:         kafka.TCP(options.Bootstrap),
		Topic:        options.Topic,
		Balancer:     kafka.Murmur2Balancer{},
		RequiredAcks: kafka.RequireAll,
		Compression:  codecs[options.Codec],
		BatchTimeout: 5 * time.Millisecond,
	}
	defer writer.Close()
	input, err := contract.ReadInput(options.Input)
	if err != nil {
		return err
	}
	messages := make([]kafka.Message, len(input))
	for at, record := range input {
		messages[at] = kafka.Message{Key: record.Key, Value: record.Value}
		for _, header := range record.Headers {
			messages[at].Headers = append(messages[at].Headers,
				kafka.Header{Key: header.Name, Value: header.Value})
		}
	}
	return writer.WriteMessages(context.Background(), messages...)
}

// consume uses the low interface: the Reader does not say what it was assigned.
func consume(options contract.Options) error {
	output, err := contract.NewOutput(options)
	if err != nil {
		return err
	}
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: options.Group, Brokers: []string{options.Bootstrap}, Topics: options.Topics,
		StartOffset: kafka.FirstOffset, HeartbeatInterval: 500 * time.Millisecond,
		JoinGroupBackoff: 200 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	defer group.Close() // leaves the group
	for {
		generation, err := group.Next(output.Done)
		if output.Done.Err() != nil {
			return nil
		}
		if err != nil {
			fmt.Println("#", err) // the group retries by itself
			continue
		}
		var owned []int32
		for topic, assignments := range generation.Assignments {
			for _, assigned := range assignments {
				owned = append(owned, int32(assigned.ID))
				generation.Start(func(ended context.Context) {
					read(ended, generation, options, topic, assigned, output)
				})
			}
		}
		contract.ReportAssigned(owned)
	}
}

func read(
	ended context.Context, generation *kafka.Generation, options contract.Options,
	topic string, assigned kafka.PartitionAssignment, output *contract.Output,
) {
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: []string{options.Bootstrap}, Topic: topic, Partition: assigned.ID,
		MaxWait: 200 * time.Millisecond, MinBytes: 1, MaxBytes: 10_000_000,
	})
	defer reader.Close()
	_ = reader.SetOffset(assigned.Offset)
	for {
		message, err := reader.ReadMessage(ended)
		if errors.Is(err, io.EOF) || ended.Err() != nil {
			return
		}
		if err != nil {
			fmt.Println("#", err)
			continue
		}
		if !output.Write(lineOf(message)) {
			return
		}
		offsets := map[string]map[int]int64{topic: {assigned.ID: message.Offset + 1}}
		if err := generation.CommitOffsets(offsets); err != nil {
			fmt.Println("#", err)
		}
		output.FinishIfFull()
	}
}

func lineOf(message kafka.Message) contract.Record {
	line := contract.Record{
		Topic: message.Topic, Partition: int32(message.Partition), Offset: message.Offset,
		Key: message.Key, Value: message.Value,
	}
	for _, header := range message.Headers {
		line.Headers = append(line.Headers, contract.Header{Name: header.Key, Value: header.Value})
	}
	return line
}

func admin(options contract.Options) error {
	background := context.Background()
	client := &kafka.Client{Addr: kafka.TCP(options.Bootstrap), Timeout: 10 * time.Second}
	topic := options.Topic
	created, err := client.CreateTopics(background, &kafka.CreateTopicsRequest{
		Topics: []kafka.TopicConfig{{
			Topic: topic, NumPartitions: 3, ReplicationFactor: 1,
			ConfigEntries: []kafka.ConfigEntry{{ConfigName: "retention.ms", ConfigValue: "3600000"}},
		}},
	})
	if err = errors.Join(err, created.Errors[topic]); err != nil {
		return err
	}
	described, err := client.Metadata(background, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		return err
	}
	configs, err := client.DescribeConfigs(background, &kafka.DescribeConfigsRequest{
		Resources: []kafka.DescribeConfigRequestResource{{
			ResourceType: kafka.ResourceTypeTopic, ResourceName: topic,
		}},
	})
	if err != nil {
		return err
	}
	entries := configs.Resources[0].ConfigEntries
	report := contract.AdminReport{
		Partitions: len(described.Topics[0].Partitions), Configs: len(entries),
	}
	for _, entry := range entries {
		if entry.ConfigName == "retention.ms" {
			report.RetentionMs = entry.ConfigValue
		}
	}
	deleted, err := client.DeleteTopics(background, &kafka.DeleteTopicsRequest{Topics: []string{topic}})
	if err = errors.Join(err, deleted.Errors[topic]); err != nil {
		return err
	}
	left, err := client.Metadata(background, &kafka.MetadataRequest{})
	if err != nil {
		return err
	}
	report.Deleted = true
	for _, each := range left.Topics {
		report.Deleted = report.Deleted && each.Name != topic
	}
	return report.Print()
}
