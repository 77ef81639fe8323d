# The image of `amends serve`, for compose.yaml and for any platform that runs containers.
FROM python:3.13-slim AS built
WORKDIR /src
COPY requirements.lock pyproject.toml README.md LICENSE ./
COPY framework framework
COPY dashboards dashboards
RUN python -m venv /opt/amends \
    && /opt/amends/bin/pip install --no-cache-dir -r requirements.lock \
    && /opt/amends/bin/pip install --no-cache-dir ".[postgres,metrics]"

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 amends
COPY --from=built /opt/amends /opt/amends
ENV PATH=/opt/amends/bin:$PATH \
    AMENDS_EXPERIMENTS=/srv/experiments
USER 10001
WORKDIR /srv
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/readyz', timeout=4)"]
ENTRYPOINT ["amends"]
CMD ["serve", "--host", "0.0.0.0"]
