// Ours: starts the vendored page on the contract of the server that it came from, and asks nobody else for anything.
window.SwaggerUIBundle({
  url: "swagger-json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
});
