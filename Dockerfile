# One image for the API, the workers and every other command: docker run leadmill COMMAND.
FROM python:3.13-slim

RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin leadmill \
 && install -d -o leadmill /data

WORKDIR /app
COPY requirements.txt ./
# Wheels only, each checked against its hash; nothing is compiled, so no compiler is in the image.
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.txt

COPY settings.py ./
COPY protocol/ protocol/
COPY db/ db/
COPY dialer/ dialer/
COPY tasks/ tasks/
COPY workers/ workers/
COPY api/ api/
COPY cli/ cli/

# Our packages come from /app only, whatever the working directory is.
ENV PYTHONPATH=/app PYTHONSAFEPATH=1 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    LEADMILL_HOST=0.0.0.0 LEADMILL_PORT=8080 LEADMILL_DATA_DIR=/data
USER leadmill
VOLUME /data
EXPOSE 8080
# For the API, which is what runs when no command is given; compose.yaml sets others for the workers.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=3)"]
ENTRYPOINT ["python", "-m", "cli"]
CMD ["serve"]
