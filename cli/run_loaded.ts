/** One run of `producer` or `consumer` whose configuration is known: broker, barrier, session. */
import type { Role, RunConfig } from "../lib/config/run_config.ts";
import { readEnv, sayUnless } from "./console.ts";
import { embeddedNotice, withBroker } from "./embedded.ts";
import type { ExitCode } from "./exit_codes.ts";
import type { Loaded } from "./load_config.ts";
import { runBeside } from "./session/beside_broker.ts";
import { denoSessionIo } from "./session/io.ts";
import { makePlan } from "./session/plan.ts";
import { Session } from "./session/session.ts";
import { Together } from "./session/together.ts";
import { reportUnjoined } from "./session/unstarted.ts";
import { tokenNotices } from "./token_notices.ts";

/** Runs to the end; what keeps the load from starting is thrown. */
export async function runLoaded(role: Role, loaded: Extract<Loaded, { kind: "run" }>): Promise<ExitCode> {
  const { config, sources } = loaded;
  const token = config.tokenEnv === undefined ? undefined : readEnv(config.tokenEnv);
  const plan = makePlan(config as RunConfig, sources, token);
  const { config: aimed, broker } = await withBroker(plan.config);
  try {
    const notices = [
      ...loaded.notices,
      ...tokenNotices(aimed),
      ...(broker === undefined ? [] : [embeddedNotice(aimed)]),
    ];
    const say = (text: string): void => sayUnless(config.quiet, role, text);
    const joined = await Together.join(aimed, plan.token, say).catch(async (error) => {
      await reportUnjoined({ ...plan, config: aimed }, error);
      throw error;
    });
    return await runBeside(broker, new Session([{ ...plan, ...joined, notices }], denoSessionIo()));
  } finally {
    await broker?.stop();
  }
}
