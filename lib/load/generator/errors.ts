/** Configuration of the generator that cannot work; raised before anything is sent. */
export class GeneratorError extends Error {
  override readonly name = "GeneratorError";

  constructor(
    /** `size-too-small`, `size-invalid`, `template-invalid`, `file-invalid`, `keys-invalid`, `frame-too-small`. */
    readonly code: GeneratorErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export type GeneratorErrorCode =
  | "size-too-small"
  | "size-invalid"
  | "template-invalid"
  | "file-invalid"
  | "keys-invalid"
  | "frame-too-small";
