/** Names of subscription types, as statistics and error messages give them. */
const TYPE_NAMES = ["Exclusive", "Shared", "Failover", "Key_Shared"];

export function typeName(type: number): string {
  return TYPE_NAMES[type] ?? `${type}`;
}
