/** A live screen whose program crashes when a key asks for a pause. */
import { Screen } from "../../cli/session/screen.ts";
import { runInfo } from "../../cli/session/actions.ts";
import { loadConfig } from "../../cli/load_config.ts";
import { sampleSnapshot } from "../../lib/tui/sample_run_test_support.ts";
import { denoTerminalHost } from "../../lib/tui/terminal_host.ts";

const loaded = loadConfig("producer", ["--embedded"], {}, () => "");
if (loaded.kind !== "run") throw new Error("the configuration is wrong");
const screen = new Screen({
  config: loaded.config,
  groups: [{ name: "producer", role: "producer", info: runInfo(loaded.config) }],
  env: (name) => Deno.env.get(name),
  host: denoTerminalHost(),
  isTerminal: true,
  onAction: () =>
    setTimeout(() => {
      throw new Error("crash on request");
    }),
});
screen.snapshot("producer", sampleSnapshot("producer"), []);
screen.start();
