import assert from "node:assert/strict";
import {
  CredentialError,
  tlsAuthentication,
  tokenAuthentication,
  tokenFromEnv,
  tokenFromFile,
} from "./authentication.ts";
import { ScriptedBroker } from "../client_test_support.ts";

Deno.test("a token is read from its file each time, without surrounding space", async () => {
  const path = await Deno.makeTempFile();
  try {
    const source = tokenFromFile(path);
    await Deno.writeTextFile(path, " abc.def\n");
    const authentication = tokenAuthentication(source);
    assert.equal(authentication.method, "token");
    assert.equal(new TextDecoder().decode(await authentication.data()), "abc.def");
    await Deno.writeTextFile(path, "renewed");
    assert.equal(await source(), "renewed");
    await Deno.writeTextFile(path, " \n");
    await assert.rejects(source(), /is empty, expected a token/);
    await Deno.writeTextFile(path, "two words");
    await assert.rejects(source(), (error) => {
      assert.ok(
        error instanceof CredentialError && !error.message.includes("two words"),
        "the token stays out",
      );
      return true;
    });
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a token file that cannot be read is named with the reason", async () => {
  await assert.rejects(
    tokenFromFile("/nonexistent/token")(),
    /token file '\/nonexistent\/token': it does not exist/,
  );
  await assert.rejects(tokenFromFile(".")(), /token file '\.': it cannot be read/);
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "x".repeat(65_537));
    await assert.rejects(tokenFromFile(path)(), /: it is larger than 64 KiB, no token is$/);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a token comes from the environment, or the variable is named", async () => {
  const env = (name: string): string | undefined => name === "T" ? "abc" : undefined;
  assert.equal(await tokenFromEnv("T", env)(), "abc");
  await assert.rejects(tokenFromEnv("U", env)(), /environment variable 'U' with the token is not set/);
  await assert.rejects(tokenFromEnv("V", () => "")(), /environment variable 'V' is empty/);
});

Deno.test("a client certificate is offered as method tls, in the handshake and when the broker asks again", async () => {
  const broker = new ScriptedBroker().on("connect", (body, peer) => {
    assert.equal(body.authMethodName, "tls");
    assert.equal(body.authData?.length, 0);
    peer.send("connected", { serverVersion: "v" });
    peer.send("authChallenge", { challenge: { authMethodName: "tls" } });
  });
  const client = broker.client({ authentication: tlsAuthentication() });
  await client.partitions("t");
  const answer = await broker.peers[0]!.command("authResponse");
  assert.equal(answer.response?.authMethodName, "tls");
  await client.close();
});
