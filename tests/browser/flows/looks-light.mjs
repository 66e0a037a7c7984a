// Every view in light.
import { look } from "../looks.mjs";

export default (told) => look(told, "light");
