// A page that only hands the payer over: the form goes by itself; its button is for when scripts do not run, or on coming back.
"use strict";
if (performance.getEntriesByType("navigation")[0]?.type !== "back_forward") document.getElementById("submit").submit();
