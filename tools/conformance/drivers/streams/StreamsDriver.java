import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;

/** A word count in Kafka Streams; what else a driver does is done by the Java client's. */
public final class StreamsDriver {
  public static void main(String[] args) throws Exception {
    if (!args[0].equals("count-words")) {
      Driver.main(args);
      return;
    }
    Map<String, String> options = new HashMap<>();
    for (int at = 1; at + 1 < args.length; at += 2) options.put(args[at].substring(2), args[at + 1]);
    countWords(options);
    System.exit(0);
  }

  /** Every count is handed on, none is skipped for a later one: what is lost or twice shows. */
  private static void countWords(Map<String, String> options) throws Exception {
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(options.get("topic"), Consumed.with(Serdes.ByteArray(), Serdes.String()))
        .flatMapValues(line -> Arrays.asList(line.split(" ")))
        .groupBy((key, word) -> word, Grouped.with("words", Serdes.String(), Serdes.String()))
        .count(Materialized.as("counts"))
        .toStream()
        .mapValues(String::valueOf)
        .to(options.get("target"), Produced.with(Serdes.String(), Serdes.String()));
    KafkaStreams streams = new KafkaStreams(builder.build(), settings(options));
    streams.setUncaughtExceptionHandler(failed -> {
      failed.printStackTrace();
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    });
    streams.setStateListener((after, before) -> {
      System.out.println("state " + after);
      // its threads are done for and will not come back
      if (after == KafkaStreams.State.ERROR) Runtime.getRuntime().halt(1);
    });
    streams.start();
    while (System.in.read() >= 0) continue;
    if (!streams.close(Duration.ofSeconds(20))) throw new IllegalStateException("not closed in time");
  }

  private static Properties settings(Map<String, String> options) {
    Properties settings = new Properties();
    settings.put("application.id", options.get("group"));
    settings.put("bootstrap.servers", options.get("bootstrap"));
    settings.put("state.dir", options.get("state"));
    settings.put("group.protocol", options.get("protocol"));
    settings.put("processing.guarantee", "exactly_once_v2");
    settings.put("default.key.serde", Serdes.StringSerde.class);
    settings.put("default.value.serde", Serdes.StringSerde.class);
    settings.put("num.stream.threads", "2");
    settings.put("replication.factor", "1");
    settings.put("commit.interval.ms", "500");
    settings.put("statestore.cache.max.bytes", "0");
    settings.put("main.consumer.auto.offset.reset", "earliest");
    if (options.get("protocol").equals("classic")) {
      settings.put("session.timeout.ms", "6000");
      settings.put("heartbeat.interval.ms", "500");
    }
    settings.put("producer.transaction.timeout.ms", "10000");
    return settings;
  }
}
