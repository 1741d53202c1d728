import java.util.Map;
import org.apache.pulsar.functions.api.Context;
import org.apache.pulsar.functions.api.Function;
import org.apache.pulsar.functions.api.Record;
import org.apache.pulsar.io.core.Sink;
import org.apache.pulsar.io.core.SinkContext;
import org.apache.pulsar.io.core.Source;
import org.apache.pulsar.io.core.SourceContext;

/** What the function worker of the tests runs: one of each kind, and a function that throws. */
public class StageFunctions {
    private static final byte[] READING = new byte[100];

    /** Twenty records per second. */
    public static class Meter implements Source<byte[]> {
        public void open(Map<String, Object> config, SourceContext context) {}

        public Record<byte[]> read() throws InterruptedException {
            Thread.sleep(50);
            return () -> READING;
        }

        public void close() {}
    }

    public static class Echo implements Function<byte[], byte[]> {
        public byte[] process(byte[] input, Context context) {
            return input;
        }
    }

    public static class Fails implements Function<byte[], Void> {
        public Void process(byte[] input, Context context) {
            throw new IllegalArgumentException("not what this function takes");
        }
    }

    public static class Archive implements Sink<byte[]> {
        public void open(Map<String, Object> config, SinkContext context) {}

        public void write(Record<byte[]> record) {
            record.ack();
        }

        public void close() {}
    }
}
