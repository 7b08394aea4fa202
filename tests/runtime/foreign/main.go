// A client of a container runtime that is nobody's of ours: the CRI's own Go library over Go's gRPC, as the
// kubelet uses them. It makes the calls of one container's life, and a few that must be refused, and says of
// each what came back: one line, ids as <sandbox> and <container>.
//
//	foreign unix:///tmp/r.sock IMAGE
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// session is one connection, and the ids that were given on it.
type session struct {
	runtime cri.RuntimeServiceClient
	images  cri.ImageServiceClient
	names   []string
}

// tell prints a call and what came of it.
func (s *session) tell(call string, err error, answer ...any) {
	text := fmt.Sprintln(answer...)
	if err != nil {
		text = fmt.Sprintf("%s: %s", status.Code(err), status.Convert(err).Message())
	}
	text = strings.NewReplacer(s.names...).Replace(text)
	fmt.Println(strings.TrimSpace(fmt.Sprintf("%s: %s", call, text)))
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: foreign ENDPOINT IMAGE")
		os.Exit(2)
	}
	connection, err := grpc.NewClient(os.Args[1], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	s := &session{runtime: cri.NewRuntimeServiceClient(connection), images: cri.NewImageServiceClient(connection)}
	s.live(ctx, os.Args[2])
}

// live goes through the life of one container.
func (s *session) live(ctx context.Context, image string) {
	version, err := s.runtime.Version(ctx, &cri.VersionRequest{Version: "0.1.0"})
	s.tell("Version", err, version.GetRuntimeName(), version.GetRuntimeApiVersion())

	pod := &cri.PodSandboxConfig{
		Metadata:     &cri.PodSandboxMetadata{Name: "pod", Namespace: "default", Uid: "uid-1"},
		LogDirectory: "/logs",
		Linux:        &cri.LinuxPodSandboxConfig{},
	}
	config := func(name, image string, command ...string) *cri.ContainerConfig {
		return &cri.ContainerConfig{
			Metadata:    &cri.ContainerMetadata{Name: name, Attempt: 3},
			Image:       &cri.ImageSpec{Image: image},
			Command:     command,
			Annotations: map[string]string{"restartCount": "3"},
			Linux:       &cri.LinuxContainerConfig{},
		}
	}
	events := make(chan string, 100)
	stop := s.follow(ctx, events)

	found, err := s.images.ImageStatus(ctx, &cri.ImageStatusRequest{Image: &cri.ImageSpec{Image: image}})
	s.tell("ImageStatus", err, strings.Join(found.GetImage().GetRepoTags(), " "))
	_, err = s.images.PullImage(ctx, &cri.PullImageRequest{Image: &cri.ImageSpec{Image: "local.test/absent:1"}})
	s.tell("PullImage, absent", err)

	sandbox, err := s.runtime.RunPodSandbox(ctx, &cri.RunPodSandboxRequest{Config: pod})
	s.names = append(s.names, sandbox.GetPodSandboxId(), "<sandbox>")
	s.tell("RunPodSandbox", err)
	_, err = s.runtime.RunPodSandbox(ctx, &cri.RunPodSandboxRequest{Config: pod})
	s.tell("RunPodSandbox, again", err)

	create := func(config *cri.ContainerConfig) (*cri.CreateContainerResponse, error) {
		return s.runtime.CreateContainer(ctx, &cri.CreateContainerRequest{
			PodSandboxId: sandbox.GetPodSandboxId(), Config: config, SandboxConfig: pod,
		})
	}
	container, err := create(config("app", image, "sleep", "3600"))
	id := container.GetContainerId()
	s.names = append(s.names, id, "<container>")
	s.tell("CreateContainer", err)
	_, err = create(config("app", image))
	s.tell("CreateContainer, again", err)
	_, err = create(config("other", "local.test/absent:1"))
	s.tell("CreateContainer, image absent", err)

	for _, call := range []string{"StartContainer", "StartContainer, again"} {
		_, err = s.runtime.StartContainer(ctx, &cri.StartContainerRequest{ContainerId: id})
		s.tell(call, err)
	}
	s.look(ctx, id)
	answer, err := s.runtime.ExecSync(ctx, &cri.ExecSyncRequest{ContainerId: id, Cmd: []string{"echo", "hello"}})
	s.tell("ExecSync", err, string(answer.GetStdout()))
	_, err = s.runtime.Exec(ctx, &cri.ExecRequest{ContainerId: id, Cmd: []string{"sh"}, Stdout: true})
	s.tell("Exec", err)
	_, err = s.runtime.CheckpointContainer(ctx, &cri.CheckpointContainerRequest{ContainerId: id})
	s.tell("CheckpointContainer", err)

	_, err = s.runtime.StopContainer(ctx, &cri.StopContainerRequest{ContainerId: id})
	s.tell("StopContainer", err)
	s.look(ctx, id)
	_, err = s.runtime.RemoveContainer(ctx, &cri.RemoveContainerRequest{ContainerId: id})
	s.tell("RemoveContainer", err)
	s.look(ctx, id)
	_, err = s.runtime.RemovePodSandbox(ctx, &cri.RemovePodSandboxRequest{PodSandboxId: sandbox.GetPodSandboxId()})
	s.tell("RemovePodSandbox", err)

	for range 8 {
		select {
		case event := <-events:
			s.tell("event", nil, event)
		case <-ctx.Done():
			s.tell("event", ctx.Err())
		}
	}
	stop()
	s.tell("events end", nil, <-events)

	past, cancel := context.WithTimeout(ctx, -time.Second)
	defer cancel()
	_, err = s.runtime.ListContainers(past, &cri.ListContainersRequest{})
	s.tell("ListContainers, too late", err)
	left, err := s.runtime.ListContainers(ctx, &cri.ListContainersRequest{})
	s.tell("ListContainers", err, len(left.GetContainers()))
}

// look tells the status of a container.
func (s *session) look(ctx context.Context, id string) {
	found, err := s.runtime.ContainerStatus(ctx, &cri.ContainerStatusRequest{ContainerId: id})
	one := found.GetStatus()
	s.tell("ContainerStatus", err, one.GetState(), one.GetMetadata().GetAttempt(), one.GetExitCode(),
		one.GetReason(), one.GetAnnotations()["restartCount"])
}

// follow sends what the stream of events says; it returns once the runtime follows, with what ends it.
func (s *session) follow(ctx context.Context, events chan<- string) func() {
	ctx, cancel := context.WithCancel(ctx)
	stream, err := s.runtime.GetContainerEvents(ctx, &cri.GetEventsRequest{})
	if err == nil {
		_, err = stream.Header()
	}
	if err != nil {
		events <- err.Error()
		return cancel
	}
	go func() {
		for {
			event, err := stream.Recv()
			if err != nil {
				events <- status.Code(err).String()
				return
			}
			events <- fmt.Sprintf("%s %s", event.GetContainerEventType(), event.GetContainerId())
		}
	}()
	return cancel
}
