/** A request of the admin interface, what its body may hold, and the errors that answer it. */
import { Refusal } from "../refusal.ts";

export interface AdminRequest {
  /** HEAD is GET here. */
  readonly method: string;
  /** Behind `/admin/v2/`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

/** An answer outside 2xx. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The status of an error that a request ended with. */
export function statusOf(error: unknown): number {
  if (error instanceof HttpProblem) return error.status;
  if (error instanceof SyntaxError || error instanceof RangeError) return 400;
  if (!(error instanceof Refusal)) return 500;
  if (error.code === "NotAllowedError") return 409;
  return error.code === "TopicNotFound" || error.code === "SubscriptionNotFound" ? 404 : 412;
}

/** @throws {HttpProblem} 404 for a path that the embedded broker does not have */
export function unknown({ method, path }: AdminRequest): never {
  throw new HttpProblem(404, `${method} /admin/v2/${path} is not part of the embedded broker's interface`);
}

/** The body as JSON. @throws {HttpProblem} 400 when there is none, {SyntaxError} when it is none */
export function bodyOf({ body }: AdminRequest): unknown {
  if (body.trim() === "") throw new HttpProblem(400, "The request entity cannot be empty.");
  return JSON.parse(body);
}

/** The body as JSON, undefined when there is none. @throws {SyntaxError} */
export function optionalBodyOf({ body }: AdminRequest): unknown {
  return body.trim() === "" ? undefined : JSON.parse(body);
}

/** A part of the path. @throws {HttpProblem} 400 when it is not encoded as a URL asks */
export function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpProblem(400, `'${part}' is not encoded as a URL asks`);
  }
}
