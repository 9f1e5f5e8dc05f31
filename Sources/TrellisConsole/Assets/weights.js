// Shows the shares of weighted target groups while a slider moves. Without scripts the button "Show shares" does it.
for (const box of document.querySelectorAll("[data-weights]")) {
  const sliders = [...box.querySelectorAll("input[type=range]")];
  const update = () => {
    const weights = sliders.map((slider) => {
      const group = document.getElementById(slider.id.replace("weight", "group"));
      return group && group.value ? Number(slider.value) : 0;
    });
    const sum = weights.reduce((left, right) => left + right, 0);
    sliders.forEach((slider, index) => {
      const share = sum ? (weights[index] * 100 / sum).toFixed(1) : "0";
      box.querySelector(`output[for="${slider.id}"]`).textContent = `${slider.value}, share ${share} %`;
    });
  };
  box.addEventListener("input", update);
  update();
}
