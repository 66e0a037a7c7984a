// Every view in dark.
import { look } from "../looks.mjs";

export const colorScheme = "dark";

export default (told) => look(told, "dark");
