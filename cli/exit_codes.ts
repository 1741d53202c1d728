/** Exit codes as the commands name them; the table is the report's, since a result carries its code too. */
export {
  EXIT_CODES as EXIT,
  EXIT_MEANINGS,
  type ExitCode,
  worstCode,
} from "../lib/report/result/exit_codes.ts";
