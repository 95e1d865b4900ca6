document.getElementById("place").textContent = `This is ${location.pathname}.`;
fetch("/api/engines")
  .then((answer) => answer.json())
  .then((engines) => {
    for (const engine of engines) {
      const item = document.createElement("li");
      item.textContent = engine;
      document.getElementById("engines").append(item);
    }
  });
