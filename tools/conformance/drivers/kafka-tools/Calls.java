import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Exit;

/**
 * Kafka's command line tools, many calls in one JVM. Standard input has a call per line,
 * {"main": class, "args": [...], "input": text}. For each a line comes back with what was printed,
 * on both streams, and the exit code. "member" instead of a class is a consumer that stays until
 * the next one or the end, its args being bootstrap, topic, group and protocol: classic,
 * consumer or share.
 *
 * "$dir" in an argument is the log dir that the last call of kafka-log-dirs told of.
 */
public class Calls {
  private static final long LIMIT_MS = 50_000;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern LOG_DIR = Pattern.compile("\"logDir\":\"([^\"]+)\"");
  private static final PrintStream NOWHERE = new PrintStream(OutputStream.nullOutputStream());

  /** What a tool does when its process ends; the console producer sends its last records. */
  private static final List<Runnable> HOOKS = new ArrayList<>();

  private static Integer exitCode;
  private static String logDir = "";
  private static Member member;

  /** How a tool that ends the process is stopped instead. */
  private static final class Exited extends Error {
    Exited() {
      super(null, null, false, false);
    }
  }

  public static void main(String[] unused) throws Exception {
    Exit.setExitProcedure(Calls::exit);
    Exit.setHaltProcedure(Calls::exit);
    Exit.setShutdownHookAdder((name, hook) -> HOOKS.add(hook));
    PrintStream answers = System.out;
    BufferedReader calls = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String line = calls.readLine(); line != null; line = calls.readLine()) {
      answers.println(JSON.writeValueAsString(answer(JSON.readTree(line))));
      answers.flush();
    }
    if (member != null) member.stop();
    Runtime.getRuntime().halt(0); // tools leave threads behind
  }

  /** What comes after it is from tools that catch everything: nobody would see it. */
  private static void exit(int code, String message) {
    if (exitCode == null) {
      if (message != null) System.err.println(message);
      exitCode = code;
      System.setOut(NOWHERE);
      System.setErr(NOWHERE);
    }
    throw new Exited();
  }

  private static Map<String, Object> answer(JsonNode call) throws Exception {
    List<String> args = new ArrayList<>();
    for (JsonNode arg : call.get("args")) args.add(arg.asText().replace("$dir", logDir));
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream both = new PrintStream(printed, true, "UTF-8");
    System.setOut(both);
    System.setErr(both);
    System.setIn(new ByteArrayInputStream(call.path("input").asText("").getBytes("UTF-8")));
    exitCode = null;
    Thread thread = new Thread(() -> {
      run(call.get("main").asText(), args);
      HOOKS.forEach(Runnable::run);
    });
    HOOKS.clear();
    thread.setDaemon(true);
    thread.start();
    thread.join(LIMIT_MS);
    if (thread.isAlive()) both.println("not done after " + LIMIT_MS + " ms");
    both.flush();
    String text = printed.toString("UTF-8");
    Matcher dir = LOG_DIR.matcher(text);
    if (dir.find()) logDir = dir.group(1);
    return Map.of("printed", text, "code", exitCode == null ? 0 : exitCode);
  }

  private static void run(String name, List<String> args) {
    try {
      if (name.equals("member")) {
        if (member != null) member.stop();
        member = args.isEmpty() ? null : new Member(args);
        return;
      }
      if (name.endsWith("DumpLogSegments")) awaitFilled(Path.of(args.get(args.size() - 1)));
      Class<?> tool = Class.forName(name);
      tool.getMethod("main", String[].class).invoke(null, (Object) args.toArray(new String[0]));
    } catch (InvocationTargetException wrapped) {
      failed(wrapped.getCause());
    } catch (Throwable problem) {
      failed(problem);
    }
  }

  private static void failed(Throwable problem) {
    if (problem instanceof Exited || exitCode != null) return;
    System.err.println(problem);
    exitCode = 1;
  }

  /** A broker may write files some time after it has acknowledged what goes into them. */
  private static void awaitFilled(Path file) throws Exception {
    for (int at = 0; at < 450; at++) {
      boolean isFilled = Files.exists(file) && Files.size(file) > 0;
      Thread.sleep(100);
      if (isFilled) return;
    }
  }

  /** A member of a group, to be looked at. */
  private static final class Member {
    private Thread thread;
    private volatile boolean stopped;

    Member(List<String> args) throws Exception {
      BooleanSupplier isSeen;
      if (args.get(3).equals("share")) {
        isSeen = share(args);
      } else {
        isSeen = consume(args);
      }
      thread.start();
      while (thread.isAlive() && !isSeen.getAsBoolean()) Thread.sleep(20);
    }

    /** Has committed more than once when it is looked at. */
    private BooleanSupplier consume(List<String> args) {
      Map<String, Object> config = Map.of(
          "bootstrap.servers", args.get(0),
          "group.id", args.get(2),
          "group.protocol", args.get(3),
          "client.id", "looked-at",
          "auto.offset.reset", "earliest",
          "auto.commit.interval.ms", "100");
      var consumer = new KafkaConsumer<>(
          config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
      consumer.subscribe(List.of(args.get(1)));
      thread = new Thread(() -> {
        while (!stopped) consumer.poll(Duration.ofMillis(50));
        consumer.close();
      });
      return () -> commits(consumer);
    }

    /** Has acknowledged all that there is when it is looked at, five records at least. */
    private BooleanSupplier share(List<String> args) {
      Map<String, Object> config = Map.of(
          "bootstrap.servers", args.get(0), "group.id", args.get(2), "client.id", "looked-at");
      var consumer = new KafkaShareConsumer<>(
          config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
      consumer.subscribe(List.of(args.get(1)));
      var acknowledged = new AtomicInteger();
      thread = new Thread(() -> {
        while (!stopped) {
          int count = consumer.poll(Duration.ofMillis(50)).count();
          consumer.commitSync();
          acknowledged.addAndGet(count);
        }
        consumer.close();
      });
      return () -> acknowledged.get() >= 5;
    }

    private static boolean commits(KafkaConsumer<?, ?> consumer) {
      return consumer.metrics().values().stream()
          .filter(metric -> metric.metricName().name().equals("commit-total"))
          .mapToDouble(metric -> (Double) metric.metricValue())
          .sum() > 1;
    }

    void stop() throws InterruptedException {
      stopped = true;
      thread.join();
    }
  }
}
