import java.io.BufferedReader;
import java.io.FileWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** One source for every Java client from 0.11 on: what was renamed since is looked up by reflection. */
public final class Driver {
  private final Map<String, String> options = new HashMap<>();

  public static void main(String[] args) throws Exception {
    Driver driver = new Driver();
    for (int at = 1; at < args.length; at++) {
      boolean flag = at + 1 == args.length || args[at + 1].startsWith("--");
      driver.options.put(args[at].substring(2), flag ? "true" : args[at + 1]);
      if (!flag) at++;
    }
    switch (args[0]) {
      case "produce": driver.produce(); break;
      case "consume": driver.consume(); break;
      case "copy": driver.copy(); break;
      case "admin": driver.admin(); break;
      default: throw new IllegalArgumentException(args[0]);
    }
    System.exit(0);
  }

  private Properties connection() {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", options.get("bootstrap"));
    return properties;
  }

  private void produce() throws Exception {
    Properties properties = connection();
    properties.put("acks", "all");
    properties.put("compression.type", options.get("codec"));
    properties.put("enable.idempotence", options.getOrDefault("idempotent", "false"));
    properties.put("linger.ms", "5");
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    try (KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        BufferedReader input = Files.newBufferedReader(Paths.get(options.get("input")))) {
      for (String line = input.readLine(); line != null; line = input.readLine()) {
        sent.add(producer.send(recordOf(line)));
      }
      for (Future<RecordMetadata> each : sent) each.get();
    }
  }

  /** The runner writes `{"key":..,"value":..,"headers":[["name","base64"],..]}` without spaces. */
  private ProducerRecord<byte[], byte[]> recordOf(String line) {
    int valueAt = line.indexOf(",\"value\":");
    int headersAt = line.lastIndexOf(",\"headers\":");
    byte[] key = decode(line.substring("{\"key\":".length(), valueAt));
    byte[] value = decode(line.substring(valueAt + ",\"value\":".length(), headersAt));
    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(options.get("topic"), key, value);
    String[] quoted = line.substring(headersAt + ",\"headers\":".length()).split("\"", -1);
    for (int at = 1; at + 2 < quoted.length; at += 4) {
      record.headers().add(quoted[at], Base64.getDecoder().decode(quoted[at + 2]));
    }
    return record;
  }

  private static byte[] decode(String json) {
    if (json.equals("null")) return null;
    return Base64.getDecoder().decode(json.substring(1, json.length() - 1));
  }

  private static String encode(byte[] bytes) {
    return bytes == null ? "null" : '"' + Base64.getEncoder().encodeToString(bytes) + '"';
  }

  private static String lineOf(ConsumerRecord<byte[], byte[]> record) {
    List<String> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      headers.add("[\"" + header.key() + "\"," + encode(header.value()) + "]");
    }
    return "{\"topic\":\"" + record.topic() + "\",\"partition\":" + record.partition()
        + ",\"offset\":" + record.offset() + ",\"key\":" + encode(record.key())
        + ",\"value\":" + encode(record.value()) + ",\"headers\":[" + String.join(",", headers) + "]}\n";
  }

  private Properties membership() {
    Properties properties = connection();
    properties.put("group.id", options.get("group"));
    properties.put("auto.offset.reset", "earliest");
    properties.put("enable.auto.commit", "false");
    if (options.containsKey("protocol")) properties.put("group.protocol", options.get("protocol"));
    else properties.put("heartbeat.interval.ms", "500");
    properties.put("fetch.max.wait.ms", "200");
    if (options.containsKey("committed")) properties.put("isolation.level", "read_committed");
    if (options.containsKey("session-ms")) properties.put("session.timeout.ms", options.get("session-ms"));
    return properties;
  }

  /** Ends when the runner closes the standard input. */
  private static Thread startMember() {
    Thread member = new Thread(Driver::waitForEndOfInput);
    member.setDaemon(true);
    member.start();
    return member;
  }

  private long count() {
    return Long.parseLong(options.getOrDefault("count", String.valueOf(Long.MAX_VALUE)));
  }

  private static OffsetAndMetadata after(ConsumerRecord<byte[], byte[]> record) {
    return new OffsetAndMetadata(record.offset() + 1);
  }

  private void consume() throws Exception {
    long left = count();
    Thread member = startMember();
    try (KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(membership(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        Writer output = new FileWriter(options.get("output"), true)) {
      List<String> topics = Arrays.asList(options.get("topic").split(","));
      consumer.subscribe(topics, reporting(consumer));
      while (left > 0 && member.isAlive()) {
        Map<TopicPartition, OffsetAndMetadata> handled = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : poll(consumer)) {
          if (left-- <= 0) break;
          output.write(lineOf(record));
          TopicPartition partition = new TopicPartition(record.topic(), record.partition());
          handled.put(partition, after(record));
        }
        output.flush();
        if (!handled.isEmpty()) consumer.commitSync(handled);
      }
    }
  }

  /** What cannot be gone on with ends the process: the next one fences what this one left open. */
  private void copy() throws Exception {
    long left = count();
    int abortEvery = Integer.parseInt(options.getOrDefault("abort-every", "0"));
    Properties properties = connection();
    properties.put("transactional.id", options.get("transactional-id"));
    properties.put("transaction.timeout.ms", "10000");
    Properties reading = membership();
    reading.put("isolation.level", "read_committed");
    reading.put("max.poll.records", "20");
    Thread member = startMember();
    try (KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
        KafkaConsumer<byte[], byte[]> consumer =
            new KafkaConsumer<>(reading, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      producer.initTransactions();
      consumer.subscribe(Arrays.asList(options.get("topic").split(",")), reporting(consumer));
      for (int number = 1; left > 0 && member.isAlive(); ) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : poll(consumer)) {
          if (records.size() < left) records.add(record);
        }
        if (records.isEmpty()) continue;
        if (abortEvery > 0 && number++ % abortEvery == 0) transact(producer, consumer, records, false);
        transact(producer, consumer, records, true);
        left -= records.size();
        System.out.println("committed " + records.size());
      }
    }
  }

  private void transact(KafkaProducer<byte[], byte[]> producer, KafkaConsumer<byte[], byte[]> consumer,
      List<ConsumerRecord<byte[], byte[]>> records, boolean commits) throws Exception {
    Map<TopicPartition, OffsetAndMetadata> handled = new HashMap<>();
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    producer.beginTransaction();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      sent.add(producer.send(new ProducerRecord<>(options.get("target"), record.partition(),
          record.key(), record.value(), record.headers())));
      handled.put(new TopicPartition(record.topic(), record.partition()), after(record));
    }
    sendOffsets(producer, consumer, handled);
    if (!commits) {
      // an abort drops what was not sent yet, and what was sent is to be aborted
      for (Future<RecordMetadata> each : sent) each.get();
      producer.abortTransaction();
    } else {
      producer.commitTransaction();
    }
  }

  /** With a group's metadata since 2.5, with its name until 4.0. */
  private void sendOffsets(KafkaProducer<byte[], byte[]> producer,
      KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, OffsetAndMetadata> offsets)
      throws Exception {
    Object group;
    Class<?> type;
    try {
      group = KafkaConsumer.class.getMethod("groupMetadata").invoke(consumer);
      type = Class.forName("org.apache.kafka.clients.consumer.ConsumerGroupMetadata");
    } catch (NoSuchMethodException before25) {
      group = options.get("group");
      type = String.class;
    }
    KafkaProducer.class.getMethod("sendOffsetsToTransaction", Map.class, type)
        .invoke(producer, offsets, group);
  }

  private static void waitForEndOfInput() {
    try {
      while (System.in.read() >= 0) continue;
    } catch (java.io.IOException closed) {
      return;
    }
  }

  /** `poll(long)` went with 4.0, `poll(Duration)` came with 2.0. */
  @SuppressWarnings("unchecked")
  private static ConsumerRecords<byte[], byte[]> poll(KafkaConsumer<byte[], byte[]> consumer)
      throws Exception {
    try {
      return (ConsumerRecords<byte[], byte[]>)
          KafkaConsumer.class.getMethod("poll", java.time.Duration.class)
              .invoke(consumer, java.time.Duration.ofMillis(200));
    } catch (NoSuchMethodException before20) {
      return (ConsumerRecords<byte[], byte[]>)
          KafkaConsumer.class.getMethod("poll", long.class).invoke(consumer, 200L);
    }
  }

  private static ConsumerRebalanceListener reporting(KafkaConsumer<byte[], byte[]> consumer) {
    return new ConsumerRebalanceListener() {
      @Override
      public void onPartitionsRevoked(Collection<TopicPartition> partitions) {}

      @Override
      public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        System.out.println("assigned " + consumer.assignment().stream()
            .map(TopicPartition::partition).collect(Collectors.toCollection(TreeSet::new)).stream()
            .map(String::valueOf).collect(Collectors.joining(" ")));
      }
    };
  }

  private void admin() throws Exception {
    String topic = options.get("topic");
    try (AdminClient admin = AdminClient.create(connection())) {
      Map<String, String> configs = Collections.singletonMap("retention.ms", "3600000");
      NewTopic wanted = new NewTopic(topic, 3, (short) 1).configs(configs);
      admin.createTopics(Collections.singleton(wanted)).all().get();
      ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
      String config = configOf(admin, resource);
      int partitions = describe(admin, topic).partitions().size();
      admin.deleteTopics(Collections.singleton(topic)).all().get();
      boolean deleted = !admin.listTopics().names().get().contains(topic);
      System.out.println("{\"partitions\":" + partitions + config + ",\"deleted\":" + deleted + "}");
    }
  }

  /** Kafka 4 no longer serves the one version of DescribeConfigs that clients before 1.1 speak. */
  private static String configOf(AdminClient admin, ConfigResource resource) throws Exception {
    try {
      Config config = admin.describeConfigs(Collections.singleton(resource)).all().get().get(resource);
      return ",\"retentionMs\":\"" + config.get("retention.ms").value()
          + "\",\"configs\":" + config.entries().size();
    } catch (ExecutionException failed) {
      if (!(failed.getCause() instanceof UnsupportedVersionException)) throw failed;
      return "";
    }
  }

  /** `all()` became `allTopicNames()` in 3.1 and went with 4.0. */
  @SuppressWarnings("unchecked")
  private static TopicDescription describe(AdminClient admin, String topic) throws Exception {
    DescribeTopicsResult result = admin.describeTopics(Collections.singleton(topic));
    Object future;
    try {
      future = DescribeTopicsResult.class.getMethod("allTopicNames").invoke(result);
    } catch (NoSuchMethodException before31) {
      future = DescribeTopicsResult.class.getMethod("all").invoke(result);
    }
    return ((KafkaFuture<Map<String, TopicDescription>>) future).get().get(topic);
  }
}
