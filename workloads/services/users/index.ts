export { createUsers, type UsersDeps } from "./users";
