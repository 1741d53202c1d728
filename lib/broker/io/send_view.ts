/** Reads a SEND command without making an object. */
import { ProtocolError } from "../../wire/errors.ts";
import { ProtoReader } from "../../wire/protobuf.ts";

/** A SEND command, read into reused fields. */
export class SendView {
  producerId = 0;
  /** Of the first message of the batch. */
  sequenceId = 0;
  /** Of the last message; never below `sequenceId`. */
  highestSequenceId = 0;
  messages = 1;
  isChunk = false;
  readonly #reader = new ProtoReader();

  /** @throws {ProtocolError} `missing-field` or what the reader finds */
  read(buffer: Uint8Array, start: number, end: number): void {
    const reader = this.#reader.reset(buffer, start, end);
    while (reader.nextField()) {
      if (reader.field === 6 && reader.wireType === 2) {
        const length = reader.length();
        reader.end = reader.position + length;
        this.#readBody(reader);
        return;
      }
      reader.skip();
    }
    throw new ProtocolError("missing-field", "the SEND command has no body");
  }

  #readBody(reader: ProtoReader): void {
    this.producerId = this.sequenceId = -1;
    this.highestSequenceId = 0;
    this.messages = 1;
    this.isChunk = false;
    while (reader.nextField()) {
      if (reader.wireType !== 0) reader.skip();
      else if (reader.field === 1) this.producerId = reader.double53();
      else if (reader.field === 2) this.sequenceId = reader.double53();
      else if (reader.field === 3) this.messages = Math.max(1, reader.int32());
      else if (reader.field === 6) this.highestSequenceId = reader.double53();
      else if (reader.field === 7) this.isChunk = reader.bool();
      else reader.skip();
    }
    if (this.producerId < 0 || this.sequenceId < 0) {
      throw new ProtocolError("missing-field", "the SEND command lacks its producer or sequence id");
    }
    if (this.highestSequenceId < this.sequenceId) this.highestSequenceId = this.sequenceId;
  }
}
